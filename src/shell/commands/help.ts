import { similarName } from '../../host/similar.ts'
import { optionsOf, usageLine } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { styled, table, writeJson, writeLine } from '../output.ts'
import { Refusal } from '../refusal.ts'

/** `luca help`, for a table of commands that it becomes part of itself. */
export const helpFor = (commands: () => readonly Command[]): Command => ({
  name: 'help',
  usage: '[COMMAND]',
  summary: 'explain luca, or one of its commands',
  positionals: [0, 1],
  async run({ positionals: [name] }, context) {
    if (name === undefined) explainAll(commands(), context)
    else explain(find(commands(), name), context)
    return 'ok'
  },
})

/** The command of that name; throws a Refusal that suggests the nearest. */
export function find(commands: readonly Command[], name: string): Command {
  const found = commands.find((command) => command.name === name)
  if (found) return found
  const near = similarName(
    name,
    commands.map((command) => command.name),
  )
  throw new Refusal(
    'usage',
    `There is no command "${name}"${near ? `; did you mean "${near}"?` : '; "luca help" lists them.'}`,
  )
}

/** Explains one command. */
export function explain(command: Command, { io, json }: Context): void {
  const { name, summary, details } = command
  const options = Object.entries(optionsOf(command)).map(([option, { value, description }]) => ({
    option: `--${option}${value ? ` ${value}` : ''}`,
    description,
  }))
  if (json) {
    writeJson(io, { name, usage: usageLine(command), summary, details, options })
    return
  }
  writeLine(io.stdout, `${usageLine(command)}\n\n${summary}${details ? `\n${details}` : ''}\n`)
  for (const line of table(options.map((o) => [`  ${o.option}`, o.description]))) writeLine(io.stdout, line)
}

function explainAll(commands: readonly Command[], { io, json }: Context): void {
  const exits = Object.values(EXIT)
  if (json) {
    writeJson(io, {
      commands: commands.map((command) => ({
        name: command.name,
        usage: usageLine(command),
        summary: command.summary,
      })),
      exitCodes: exits,
    })
    return
  }
  const heading = (text: string) => styled(io.stdout, io.env, 'bold', text)
  const section = (title: string, rows: string[][]) =>
    [heading(title), ...table(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]))].join('\n')
  writeLine(
    io.stdout,
    [
      'luca: the command for this appliance',
      section(
        'Commands ("luca help COMMAND" explains one)',
        commands.map((command) => [command.name, command.summary]),
      ),
      section(
        'Exit codes',
        exits.map(({ code, meaning }) => [String(code), meaning]),
      ),
    ].join('\n\n'),
  )
}
