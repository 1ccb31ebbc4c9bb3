/**
 * The arguments of a call as a person is asked about them: what is at stake first, by the tool's own definition, and each by
 * itself, so that none hides another.
 */
import { isRecord } from '../../protocol/values.ts'
import type { AdmittedCall, Target } from '../call/call.ts'
import { quoted, shownValue } from './shown.ts'

/** Of what is at stake, and of the rest, in characters. */
const STAKE = { text: 240, value: 480 }
const OTHER = { text: 120, value: 200 }
/** How many are shown of those that the tool declares, and of all. */
const MAX_DECLARED = 12
const MAX_UNDECLARED = 4
const MAX_NAME = 40
/** A name that reads as one by itself. */
const PLAIN_NAME = /^[A-Za-z_][\w-]{0,39}$/

/** One line for each argument, and one for how many are not shown. */
export function argumentLines({ params }: AdmittedCall, { item }: Target): string[] {
  const { declared, order } = parametersOf(item)
  const given = byName(params.arguments, order)
  if (!given) return [`arguments: ${shownValue(params.arguments, OTHER)}`]
  const stake = (('stake' in item && item.stake) || []).filter((name) => Object.hasOwn(given, name))
  const rest = Object.keys(given).filter((name) => !stake.includes(name))
  const lineOf = (name: string, bounds: typeof STAKE) =>
    `${PLAIN_NAME.test(name) ? name : quoted(name, MAX_NAME)}: ${shownValue(given[name], bounds)}`
  // What is short says more in its place than what is long: a path, a name, a recipient.
  const byLength = (names: string[]) =>
    names.map((name) => lineOf(name, OTHER)).sort((a, b) => a.length - b.length)
  const known = byLength(rest.filter((name) => declared.has(name))).slice(0, MAX_DECLARED)
  const strange = byLength(rest.filter((name) => !declared.has(name)).slice(0, MAX_DECLARED)).slice(
    0,
    MAX_UNDECLARED,
  )
  const left = rest.length - known.length - strange.length
  return [
    ...stake.map((name) => lineOf(name, STAKE)),
    ...known,
    ...strange,
    ...(left === 0 ? [] : [`(${left} more ${left === 1 ? 'argument is' : 'arguments are'} not shown)`]),
  ]
}

/** What a tool declares that it takes, and in which order that is where it comes by position. */
function parametersOf(item: Target['item']): { declared: ReadonlySet<string>; order: readonly string[] } {
  const schema = 'inputSchema' in item ? item.inputSchema : 'params_schema' in item ? item.params_schema : {}
  const names =
    'positional' in item
      ? [...item.positional]
      : Object.keys(isRecord(schema.properties) ? schema.properties : {})
  return { declared: new Set(names), order: names }
}

/** Arguments by name; undefined for what can't be arguments. */
function byName(given: unknown, order: readonly string[]): Record<string, unknown> | undefined {
  if (given === undefined) return {}
  if (Array.isArray(given))
    return Object.fromEntries(given.map((value, i) => [order[i] ?? `#${i + 1}`, value]))
  return isRecord(given) ? given : undefined
}
