/** How commands are written: the notation of their arguments, and the lines made of it. */
import type { Command, Option } from './command.ts'

/** A positional argument. */
export interface Argument {
  /** As it is written, such as `PATH` or `text|base64`. */
  name: string
  /** The words that it may be; none where it stands for something. */
  choices: readonly string[]
  optional: boolean
  several: boolean
}

/** The positional arguments in a usage. Options in it, and what belongs to them, are left out. */
export function argumentsIn(usage: string): Argument[] {
  // With what an option in brackets takes, and brackets in those.
  const rest = usage.replace(/\[-(?:[^[\]]|\[[^[\]]*\])*\]/g, '').replace(/(^|\s)-[-\w]*/g, ' ')
  return [...rest.matchAll(/(\[?)([^\s[\]]+)/g)]
    .map(([, bracket, word = '']) => ({
      name: word.replace('…', ''),
      choices: word.split('|').filter((one) => /^[a-z][\w-]*$/.test(one)),
      optional: bracket !== '',
      several: word.includes('…'),
    }))
    .filter(({ name }) => name !== '|')
}

/** `luca NAME …` as manuals write it; with a verb, that alone and its own options. */
export function usageLine(command: Command, verb?: string): string {
  const { name, options = {} } = command
  if (!command.verbs) return `luca ${name} ${command.usage}`.trimEnd()
  const words = (one: string, usage: string) => `${one} ${usage}`.trimEnd()
  if (verb !== undefined && Object.hasOwn(command.verbs, verb)) {
    const own = Object.entries(options).filter(([, { verbs }]) => verbs?.includes(verb))
    return [`luca ${name}`, words(verb, command.verbs[verb]?.usage ?? ''), ...own.map(optionUsage)].join(' ')
  }
  const all = Object.entries(command.verbs).map(([one, { usage }]) => words(one, usage))
  if (command.otherwise) return [otherwiseLine(command), ...all].join(' | ')
  return `luca ${name} ${command.alone === undefined ? all.join(' | ') : `[${all.join(' | ')}]`}`
}

/** The same for what it does where the first word is no verb; with the options that belong to it alone. */
export function otherwiseLine({ name, otherwise, options = {} }: Command): string {
  const own = Object.entries(options).filter(([, { verbs }]) => verbs?.length === 0)
  return [`luca ${name} ${otherwise?.usage ?? ''}`.trimEnd(), ...own.map(optionUsage)].join(' ')
}

const optionUsage = (option: [string, Option]): string =>
  `[${optionForm(option)}]${option[1].multiple ? '…' : ''}`

/** An option with what it takes. */
export const optionForm = ([name, { value, optional }]: [string, Option]): string =>
  `--${name}${value === undefined ? '' : optional ? `[=${value}]` : ` ${value}`}`
