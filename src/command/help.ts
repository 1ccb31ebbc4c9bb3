import { suggestName } from '../host/suggest.ts'
import { misuse, optionsOf } from './arguments.ts'
import { CliError } from './cli-error.ts'
import type { Command, Context } from './command.ts'
import { EXIT } from './exit-codes.ts'
import { styled, table, writeJson, writeLine } from './output.ts'
import { optionForm, usageLine } from './usage.ts'

export const APPLIANCE =
  'It works only on the appliance, the booted image: it needs the root helper, which "luca up" does not have.'

/** `luca help`, for a table of commands that it becomes part of itself. */
export const helpFor = (commands: () => readonly Command[]): Command => {
  const help: Command = {
    name: 'help',
    usage: '[COMMAND [VERB]]',
    summary: 'explain luca, or one of its commands',
    positionals: [0, 2],
    async run({ positionals: [name, verb] }, context) {
      if (name === undefined) explainAll(commands(), context)
      else {
        const command = find(commands(), name)
        if (verb !== undefined && !command.verbs) throw misuse(help, `"luca ${name}" is one thing alone`)
        explain(command, context, verb)
      }
      return 'ok'
    },
  }
  return help
}

/** The command of that name; throws a CliError that suggests the nearest. */
export function find(commands: readonly Command[], name: string): Command {
  const found = commands.find((command) => command.name === name)
  if (found) return found
  const near = suggestName(
    name,
    commands.map((command) => command.name),
  )
  throw new CliError(
    'usage',
    `There is no command "${name}"${near ? `; did you mean "${near}"?` : '; "luca help" lists them.'}`,
  )
}

/** Explains one command, or one of its verbs. Throws a CliError for a verb that it has not. */
export function explain(command: Command, { io, json }: Context, verb?: string): void {
  const verbs = Object.entries(command.verbs ?? {})
  const chosen = verbs.find(([name]) => name === verb)?.[1]
  if (verb !== undefined && !chosen) {
    const near = suggestName(
      verb,
      verbs.map(([name]) => name),
    )
    throw misuse(command, `there is no "${verb}"${near ? ` (did you mean ${near}?)` : ''}`)
  }
  const { details } = command
  const summary = chosen?.summary ?? command.summary
  const appliance = command.appliance ?? chosen?.appliance ?? false
  const usage = usageLine(command, verb)
  const options = Object.entries(optionsOf(command, verb)).map(([name, option]) => ({
    option: `${option.short ? `-${option.short}, ` : ''}${optionForm([name, option])}`,
    description:
      option.verbs?.length && !chosen
        ? `${option.verbs.join(', ')}: ${option.description}`
        : option.description,
  }))
  if (json) {
    const all = verbs.map(([name, { summary }]) => ({ name, usage: usageLine(command, name), summary }))
    const own = chosen ? {} : { verbs: all }
    writeJson(io, { name: command.name, usage, summary, details, appliance, ...own, options })
    return
  }
  const rows = (all: readonly (readonly [string, string])[]) =>
    table(all.map(([name, what]) => [`  ${name}`, what])).join('\n')
  const alone = command.alone === undefined ? [] : [['(alone)', command.alone] as const]
  const { otherwise } = command
  const others = otherwise ? [[otherwise.usage, otherwise.summary] as const] : []
  const parts = [
    usage,
    [summary, ...(details && !chosen ? [details] : []), ...(appliance ? [APPLIANCE] : [])].join('\n'),
    ...(chosen || verbs.length === 0
      ? []
      : [
          rows([
            ...alone,
            ...others,
            ...verbs.map(([name, one]) => [name, one.summary + marked(command, one)] as const),
          ]),
        ]),
    rows(options.map(({ option, description }) => [option, description])),
  ]
  writeLine(io.stdout, parts.join('\n\n'))
}

/** What needs the appliance is marked where its command as a whole does not. */
const marked = (command: Command, { appliance }: { appliance?: true }): string =>
  appliance && !command.appliance ? ' (on the appliance)' : ''

function explainAll(commands: readonly Command[], { io, json }: Context): void {
  const exits = Object.entries(EXIT).map(([name, exit]) => ({ name, ...exit }))
  if (json) {
    const all = commands.map((command) => ({
      name: command.name,
      usage: usageLine(command),
      summary: command.summary,
      appliance: command.appliance ?? false,
    }))
    writeJson(io, { commands: all, exitCodes: exits })
    return
  }
  const heading = (text: string) => styled(io.stdout, io.env, 'bold', text)
  const section = (title: string, rows: string[][]) =>
    [heading(title), ...table(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]))].join('\n')
  const summaries = (some: readonly Command[]) => some.map(({ name, summary }) => [name, summary])
  const [here, there] = [commands.filter((one) => !one.appliance), commands.filter((one) => one.appliance)]
  writeLine(
    io.stdout,
    [
      'luca: the command for this appliance',
      section('Commands ("luca help COMMAND" explains one)', summaries(here)),
      section('On the appliance, which is the booted image', summaries(there)),
      section(
        'Exit codes',
        exits.map(({ code, meaning }) => [String(code), meaning]),
      ),
    ].join('\n\n'),
  )
}
