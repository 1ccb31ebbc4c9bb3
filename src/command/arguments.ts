/** The words of the command line → a command's input. */
import { parseArgs } from 'node:util'
import { suggestName } from '../host/suggest.ts'
import { CliError } from './cli-error.ts'
import type { Command, Input, Option } from './command.ts'
import { argumentsIn, usageLine } from './usage.ts'

const COMMON: Readonly<Record<string, Option>> = {
  json: { description: 'print one JSON document, also for an error' },
  help: { short: 'h', description: 'explain the command' },
}
const SOCKET: Option = {
  value: 'PATH',
  description:
    "the gateway's socket; by default that of LLMBDO_GATEWAY_UNIX_SOCKET_PATH, of luca up, or of the image",
}
const YES: Option = { description: 'allow everything that can destroy something, without questions' }

/** All options that a command takes, or one of its verbs. */
export function optionsOf(command: Command, verb?: string): Readonly<Record<string, Option>> {
  const all = {
    ...command.options,
    ...(command.gateway ? { socket: SOCKET } : {}),
    ...(command.consent ? { yes: YES } : {}),
    ...COMMON,
  }
  return verb === undefined || !command.verbs
    ? all
    : Object.fromEntries(Object.entries(all).filter(([, { verbs }]) => verbs?.includes(verb) ?? true))
}

/**
 * Throws a CliError for an option that does not exist, lacks its value or belongs to another verb, for a verb that does not
 * exist, and for too few or too many words.
 */
export function readArguments(command: Command, words: readonly string[]): Input {
  const { given, positionals: said } = parse(command, words)
  const verb = verbIn(command, said)
  const positionals = verb === undefined ? said : said.slice(1)
  if (!given.has('help')) {
    checkOptions(command, verb, [...given.keys()])
    checkWords(command, verb, positionals)
  }
  return {
    verb,
    positionals,
    text: (name) => given.get(name)?.[0],
    list: (name) => given.get(name) ?? [],
    flag: (name) => given.has(name),
  }
}

/** Throws a CliError for a word that should be a verb and is none. */
function verbIn(command: Command, [first]: readonly string[]): string | undefined {
  const { verbs, otherwise } = command
  if (!verbs || first === undefined || Object.hasOwn(verbs, first)) return verbs && first
  if (otherwise) return undefined
  throw misuse(command, `there is no "${first}"${meant(first, Object.keys(verbs))}`)
}

interface Parsed {
  /** By the option's name; a switch has an empty value. */
  given: Map<string, string[]>
  positionals: string[]
}

function parse(command: Command, words: readonly string[]): Parsed {
  const options = optionsOf(command)
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value, optional, short }]) => [
        name,
        {
          type: value === undefined || optional ? ('boolean' as const) : ('string' as const),
          ...(short === undefined ? {} : { short }),
        },
      ]),
    ),
  })
  const given = new Map<string, string[]>()
  const positionals: string[] = []
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'positional') {
      const number = optionalNumber(options, tokens[at - 1], token.value)
      if (number === undefined) positionals.push(token.value)
      else given.set(number, [token.value])
    } else if (token.kind === 'option') {
      const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
      if (!option)
        throw misuse(command, `there is no option ${token.rawName}${meantOption(token.rawName, options)}`)
      if (option.value !== undefined && !option.optional && (!token.value || isOption(token))) {
        const meant = isOption(token) ? ` (--${token.name}=${token.value}, if that is meant)` : ''
        throw misuse(command, `${token.rawName} needs a value: ${token.rawName} ${option.value}${meant}`)
      }
      if (option.value === undefined && token.value !== undefined)
        throw misuse(command, `${token.rawName} takes no value`)
      const values = given.get(token.name) ?? []
      if (option.value !== undefined && values.length > 0 && !option.multiple)
        throw misuse(command, `${token.rawName} can be given once`)
      given.set(token.name, [...values, token.value ?? ''])
    }
  }
  return { given, positionals }
}

/** The option right before a number that is its value, where that may be left out. */
function optionalNumber(
  options: Readonly<Record<string, Option>>,
  before: { kind: string; name?: string; value?: string | undefined } | undefined,
  word: string,
): string | undefined {
  const { kind, name = '', value } = before ?? {}
  const takes = kind === 'option' && value === undefined && Object.hasOwn(options, name)
  return takes && options[name]?.optional && /^\d+$/.test(word) ? name : undefined
}

/** Whether what an option took for its value is the next option. */
const isOption = ({
  value,
  inlineValue,
}: {
  value?: string | undefined
  inlineValue?: boolean | undefined
}): boolean => inlineValue === false && value !== undefined && /^-./.test(value)

function checkOptions(command: Command, verb: string | undefined, names: readonly string[]): void {
  for (const name of names) {
    const verbs = command.options?.[name]?.verbs
    if (!verbs || (verb === undefined ? verbs.length === 0 : verbs.includes(verb))) continue
    const whose =
      verbs.length > 0 ? verbs.join(' and ') : argumentsIn(command.otherwise?.usage ?? '')[0]?.name
    throw misuse(command, `--${name} belongs to ${whose}`, verb)
  }
}

function checkWords(command: Command, verb: string | undefined, words: readonly string[]): void {
  if (command.verbs && verb === undefined && !command.otherwise) {
    if (command.alone !== undefined) return
    throw misuse(command, `say what to do: ${Object.keys(command.verbs).join(', ')}`)
  }
  const usage = command.verbs ? (command.verbs[verb ?? ''] ?? command.otherwise)?.usage : command.usage
  const wanted = argumentsIn(usage ?? '')
  const [min, max] = command.verbs
    ? [
        wanted.filter(({ optional }) => !optional).length,
        wanted.some((one) => one.several) ? Infinity : wanted.length,
      ]
    : command.positionals
  if (words.length < min)
    throw misuse(command, `${wanted[words.length]?.name ?? 'something'} is missing`, verb)
  if (words.length > max) throw misuse(command, `"${words[max]}" is too much`, verb)
}

/** The words with the command in front, as options may stand before it. */
export function commandFirst(words: readonly string[], commands: readonly Command[]): string[] {
  const isCommand = (word: string | undefined) => commands.some(({ name }) => name === word)
  const options = commands.flatMap((command) => Object.entries(optionsOf(command)))
  const named = (word: string) =>
    options.filter(([name, { short }]) => word === `--${name}` || (short && word === `-${short}`))
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (word === '--') break
    if (!word.startsWith('-')) return [word, ...words.slice(0, at), ...words.slice(at + 1)]
    const takesValue = named(word).map(([, { value, optional }]) => value !== undefined && !optional)
    // An option may take a value in one command and none in another.
    if (takesValue.includes(true) && !(takesValue.includes(false) && isCommand(words[at + 1]))) at++
  }
  return [...words]
}

/** Whether a command line, right or wrong, asks for JSON. */
export function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return (end < 0 ? words : words.slice(0, end)).includes('--json')
}

/** Whether the command line says yes beforehand to what needs consent. */
export const agrees = (input: Input): boolean => input.flag('yes') || input.flag('force')

/** A CliError that shows how the command, or one of its verbs, is used. */
export const misuse = (command: Command, what: string, verb?: string): CliError =>
  new CliError('usage', `${what}; usage: ${usageLine(command, verb)}`)

function meant(word: string, names: readonly string[]): string {
  const near = suggestName(word, names)
  return near ? ` (did you mean ${near}?)` : ''
}

function meantOption(raw: string, options: Readonly<Record<string, Option>>): string {
  const near = suggestName(raw.replace(/^-+/, ''), Object.keys(options))
  return near ? ` (did you mean --${near}?)` : ''
}
