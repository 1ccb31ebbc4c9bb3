/** The words of the command line → a command's input. */
import { parseArgs } from 'node:util'
import { similarName } from '../host/similar.ts'
import type { Command, Input, Option } from './command.ts'
import { Refusal } from './refusal.ts'

const COMMON: Readonly<Record<string, Option>> = {
  json: { description: 'print one JSON document' },
  help: { short: 'h', description: 'explain the command' },
}
const SOCKET: Option = {
  value: 'PATH',
  description: "the gateway's socket; else that of LLMBDO_GATEWAY_UNIX_SOCKET_PATH, of luca up, of the image",
}
const YES: Option = { description: 'agree to what can destroy something, without being asked' }

/** All options that a command takes. */
export const optionsOf = (command: Command): Readonly<Record<string, Option>> => ({
  ...command.options,
  ...(command.gateway ? { socket: SOCKET } : {}),
  ...(command.consent ? { yes: YES } : {}),
  ...COMMON,
})

/** Throws a Refusal for an option that does not exist, lacks its value, or for too few or too many words. */
export function readArguments(command: Command, words: readonly string[]): Input {
  const options = optionsOf(command)
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value, short }]) => [
        name,
        {
          type: value === undefined ? ('boolean' as const) : ('string' as const),
          ...(short === undefined ? {} : { short }),
        },
      ]),
    ),
  })
  const given = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    else if (token.kind === 'option') {
      const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
      if (!option) throw unknownOption(command, token.rawName, Object.keys(options))
      if (option.value !== undefined && !token.value)
        throw misuse(command, `${token.rawName} needs a value: ${token.rawName} ${option.value}`)
      if (option.value === undefined && token.value !== undefined)
        throw misuse(command, `${token.rawName} takes no value`)
      const values = given.get(token.name) ?? []
      if (option.value !== undefined && values.length > 0 && !option.multiple)
        throw misuse(command, `${token.rawName} can be given once`)
      given.set(token.name, [...values, token.value ?? ''])
    }
  }
  const [min, max] = command.positionals
  if (!given.has('help') && (positionals.length < min || positionals.length > max))
    throw misuse(
      command,
      positionals.length < min ? 'something is missing' : `"${positionals[max]}" is too much`,
    )
  return {
    positionals,
    text: (name) => given.get(name)?.[0],
    list: (name) => given.get(name) ?? [],
    flag: (name) => given.has(name),
  }
}

/** Whether the command line says yes beforehand to what needs consent. */
export const agrees = (input: Input): boolean => input.flag('yes') || input.flag('force')

/** A Refusal that shows how the command is used. */
export const misuse = (command: Command, what: string): Refusal =>
  new Refusal('usage', `${what}; usage: ${usageLine(command)}`)

export const usageLine = ({ name, usage }: Command): string => `luca ${name} ${usage}`.trimEnd()

function unknownOption(command: Command, raw: string, names: readonly string[]): Refusal {
  const near = similarName(raw.replace(/^-+/, ''), names)
  return misuse(command, `there is no option ${raw}${near ? ` (did you mean --${near}?)` : ''}`)
}
