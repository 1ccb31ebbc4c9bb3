/** Takes the servers of a client's configuration over, one after the other, and says of each what became of it. */

import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import { ownHome } from '../../command/own-account.ts'
import type { Grants, LaunchSpec } from '../../contracts/third-party.ts'
import {
  type Asked,
  type ClientConfig,
  type Entry,
  filledIn,
  type Placeholder,
  placeholdersIn,
} from './client-config.ts'
import type { Servers } from './servers.ts'

export interface Imported {
  /** As the client's file names it, and as it is named here. */
  from: string
  name: string
  outcome: 'added' | 'would be added' | 'left out' | 'failed'
  /** Why, as a sentence; null where it was added. */
  why: string | null
  /** The names of the variables in its environment. */
  variables: string[]
  tools: number | null
}

export interface ImportOptions {
  /** Those that are taken over, by either name; all that are switched on without. */
  only: readonly string[]
  grants: Grants
  /** What placeholders stand for, by their names. */
  values: ReadonlyMap<string, string>
  dryRun: boolean
}

/** Each is reported as soon as it is known. */
export async function importServers(
  { entries, inputs }: ClientConfig,
  { only, grants, values, dryRun }: ImportOptions,
  servers: Servers,
  context: Context,
  tell: (imported: Imported) => void,
): Promise<void> {
  for (const wanted of only)
    if (!entries.some(({ from, name }) => wanted === from || wanted === name))
      throw new CliError('usage', `The file has no server "${wanted}".`)
  const taken = new Set((await servers.list()).map(({ name }) => name))
  const find = valueFinder(inputs, values, context)
  for (const entry of entries) {
    const { from, name, found } = entry
    if (only.length > 0 && !only.includes(from) && !only.includes(name)) continue
    const variables = 'leftOut' in found ? [] : Object.keys(found.env)
    const end = (outcome: Imported['outcome'], why: string | null, tools: number | null = null) =>
      tell({ from, name, outcome, why, variables, tools })
    const problem = problemOf(entry, taken, only.length > 0)
    if (problem !== undefined || 'leftOut' in found) {
      end('left out', problem ?? null)
      continue
    }
    taken.add(name)
    try {
      const launch = await filled(found, dryRun ? find.known : find.asking)
      if (dryRun) end('would be added', null)
      else end('added', null, (await servers.add(name, launch, grants)).tools.length)
    } catch (error) {
      if (!(error instanceof CliError) || error.outcome === 'interrupted') throw error
      end(error instanceof MissingValue ? 'left out' : 'failed', error.message)
    }
  }
}

/** Why an entry is not even tried, as a sentence. */
function problemOf({ from, name, found, disabled }: Entry, taken: ReadonlySet<string>, named: boolean) {
  if ('leftOut' in found) return found.leftOut
  if (disabled && !named) return 'It is disabled there; name it to add it all the same.'
  if (name === '') return `Nothing of "${from}" can be a name here; add it with "luca server add".`
  if (taken.has(name)) return `There is a server "${name}" already.`
  return undefined
}

/** A value that a placeholder stands for is not known. */
class MissingValue extends CliError {
  constructor(message: string) {
    super('usage', message)
  }
}

type FindValue = (placeholder: Placeholder) => Promise<string>

async function filled(launch: LaunchSpec, find: FindValue): Promise<LaunchSpec> {
  const values = new Map<string, string>()
  const keyOf = ({ kind, name }: Placeholder) => `${kind}:${name}`
  for (const placeholder of placeholdersIn(launch))
    if (!values.has(keyOf(placeholder))) values.set(keyOf(placeholder), await find(placeholder))
  return filledIn(launch, (placeholder) => values.get(keyOf(placeholder)) ?? '')
}

/** `known` takes what is given or in the environment; `asking` also asks, each value once. */
function valueFinder(
  inputs: ReadonlyMap<string, Asked>,
  given: ReadonlyMap<string, string>,
  { ask, io }: Context,
): { known: FindValue; asking: FindValue } {
  const answers = new Map(given)
  const find = async ({ kind, name, fallback }: Placeholder, may: typeof ask): Promise<string> => {
    if (kind === 'editor')
      throw new MissingValue(
        `It depends on "${name}", which only an editor can resolve; add it with "luca server add".`,
      )
    const known = answers.get(name) ?? (kind === 'env' ? (io.env[name] ?? fallback) : undefined)
    if (known !== undefined) return known
    if (name === 'userHome') return ownHome()
    const { description, secret } = inputs.get(name) ?? { description: '', secret: true }
    const answer = await may?.(`${description || name}: `, { unseen: secret })
    if (!answer) throw new MissingValue(`It needs a value for "${name}": give it with --value ${name}=…`)
    answers.set(name, answer)
    return answer
  }
  return {
    // What would be asked for is no reason to leave it out.
    known: (placeholder) => find(placeholder, ask && (async () => 'asked for')),
    asking: (placeholder) => find(placeholder, ask),
  }
}
