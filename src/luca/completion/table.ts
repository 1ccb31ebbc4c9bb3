/** What can be completed, from the table of commands: the one source of the scripts of all shells. */

import { CLIENTS } from '../../bridge/connect/clients.ts'
import { optionsOf } from '../../command/arguments.ts'
import type { Command, Option } from '../../command/command.ts'
import { type Argument, argumentsIn } from '../../command/usage.ts'

/** What luca itself is asked for for completion (`luca completion values`). */
export const ASKED = [
  'served',
  'tools',
  'tokens',
  'models',
  'servers',
  'scheduled',
  'indexed',
  'embedders',
] as const
export type Asked = (typeof ASKED)[number]

/** What stands where something is typed. */
export type Values =
  | { kind: 'none' | 'files' | 'folders' }
  | { kind: 'words'; words: readonly string[] }
  | { kind: 'asked'; of: Asked }

export interface CompletedOption {
  name: string
  short: string | undefined
  what: string
  /** Undefined for a switch. */
  values: Values | undefined
}

/** A command, or one of its verbs. */
export interface Completed {
  name: string
  what: string
  options: readonly CompletedOption[]
  /** By position. */
  arguments: readonly Values[]
  verbs: readonly Completed[]
  /** Whether its first word may be none of its verbs. */
  takesOthers: boolean
}

const NONE: Values = { kind: 'none' }

export const completed = (commands: readonly Command[]): Completed[] =>
  commands.map((command) => {
    const verbs = Object.entries(command.verbs ?? {}).map(([name, { summary, usage }]) => ({
      name,
      what: summary,
      options: optionsIn(optionsOf(command, name)),
      arguments: argumentsIn(usage).map((one) => valuesOf(one, `${command.name} ${name}`, commands)),
      verbs: [],
      takesOthers: false,
    }))
    return {
      name: command.name,
      what: command.summary,
      options: optionsIn(optionsOf(command)),
      arguments: argumentsIn(command.verbs ? '' : command.usage).map((one) =>
        valuesOf(one, command.name, commands),
      ),
      verbs,
      takesOthers: command.otherwise !== undefined,
    }
  })

const optionsIn = (options: Readonly<Record<string, Option>>): CompletedOption[] =>
  Object.entries(options).map(([name, { value, optional, short, description }]) => ({
    name,
    short,
    what: description,
    values: value === undefined || optional ? undefined : valuesOfOption(value),
  }))

/** Of what an option takes, in the notation of manuals. Its files are those of this machine. */
function valuesOfOption(value: string): Values {
  const parts = value.split('|')
  if (parts.some((part) => /^(FILE|PATH)\b/.test(part))) return { kind: 'files' }
  if (parts.includes('DIR')) return { kind: 'folders' }
  if (parts.includes('FOLDER')) return { kind: 'asked', of: 'served' }
  const words = parts.filter((part) => /^[a-z]+$/.test(part))
  return words.length > 0 ? { kind: 'words', words } : NONE
}

/** Of the arguments whose names say it, wherever they stand. */
const BY_NAME: Readonly<Record<string, Values>> = {
  PATH: { kind: 'asked', of: 'served' },
  FOLDER: { kind: 'asked', of: 'served' },
  'TOOL|METHOD': { kind: 'asked', of: 'tools' },
  CLIENT: { kind: 'words', words: CLIENTS.map(({ name }) => name) },
  SERVER: { kind: 'asked', of: 'servers' },
}
/** Of names, by the command and verb that they belong to. */
const NAMES: Readonly<Record<string, Asked>> = {
  'token revoke': 'tokens',
  'model remove': 'models',
  'model info': 'models',
  'model use': 'models',
  'model bench': 'models',
  'schedule remove': 'scheduled',
  'index remove': 'indexed',
  'search models': 'embedders',
  'server test': 'servers',
  'server approve': 'servers',
  'server remove': 'servers',
  'server enable': 'servers',
  'server disable': 'servers',
}

function valuesOf({ name, choices }: Argument, of: string, commands: readonly Command[]): Values {
  if (of === 'help' && name === 'COMMAND')
    return { kind: 'words', words: commands.map((command) => command.name) }
  if (/^(NAME|ID|FOLDER)\b/.test(name) && Object.hasOwn(NAMES, of))
    return { kind: 'asked', of: NAMES[of] as Asked }
  if (/\b(FILE|DEVICE|DIR)\b/.test(name)) return { kind: 'files' }
  return BY_NAME[name] ?? (choices.length > 0 ? { kind: 'words', words: choices } : NONE)
}

/** What is typed for each: its words so far, and what they mean. Verbs come before their commands. */
export const leavesOf = (all: readonly Completed[]): [words: string, one: Completed][] =>
  all.flatMap((command): [words: string, one: Completed][] => [
    ...command.verbs.map((verb): [string, Completed] => [`${command.name} ${verb.name}`, verb]),
    [command.name, command],
  ])

/** The options, as they are typed, that take a value in one command at least: what stands after one is no command. */
export function takingValues(all: readonly Completed[]): string[] {
  const options = all.flatMap(({ options }) => options).filter(({ values }) => values !== undefined)
  return [...new Set(options.flatMap((option) => spellings(option)))]
}

/** `--name`, and `-n` where it has that. */
export const spellings = ({ name, short }: CompletedOption): string[] => [
  `--${name}`,
  ...(short ? [`-${short}`] : []),
]

/** In single quotes, as all three shells read them but for how a quote stands in them. */
export const quoted = (text: string, quote = `'\\''`): string => `'${text.replaceAll("'", quote)}'`
