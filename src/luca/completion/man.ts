/** The page of the manual, in the macros of man(7). */
import { optionsOf } from '../../command/arguments.ts'
import type { Command, Option } from '../../command/command.ts'
import { EXIT } from '../../command/exit-codes.ts'
import { APPLIANCE } from '../../command/help.ts'
import { optionForm, otherwiseLine, usageLine } from '../../command/usage.ts'

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['LLMBDO_STATE', 'The state folder of luca up; ~/.local/state/llmbasedos without.'],
  ['LLMBDO_GATEWAY_UNIX_SOCKET_PATH', "The gateway's socket."],
  ['LLMBDO_TOKEN', 'The token that luca stdio shows to an appliance in the network.'],
  ['LLMBDO_MODELS_DIR', 'The folder of language models.'],
  ['NO_COLOR', 'Set to anything, nothing is coloured.'],
  ['VISUAL, EDITOR', 'The program in which the full-screen interface and luca search --open open a file.'],
  ['PAGER', 'The same for luca search --open where neither of those is set.'],
]

export function manPage(commands: readonly Command[], version: string): string {
  const [here, there] = [commands.filter((one) => !one.appliance), commands.filter((one) => one.appliance)]
  const lines = [
    `.TH LUCA 1 "" "llmbasedos ${text(version)}" "User Commands"`,
    '.SH NAME',
    'luca \\- the command for a private appliance for language models',
    '.SH SYNOPSIS',
    '.B luca',
    text('[COMMAND [VERB] [ARGUMENT...]] [OPTION...]'),
    '.SH DESCRIPTION',
    paragraph(
      'llmbasedos makes one machine a private appliance for language models: a gateway for the clients of the Model ' +
        'Context Protocol and of OpenAI, with small servers behind it. luca starts it, uses it and looks after it.',
    ),
    '.PP',
    paragraph(
      'Alone at a terminal luca is the full-screen interface. Options may stand anywhere, before the command too. ' +
        'Paths of served files begin at the served folder: / is all of it.',
    ),
    '.SH OPTIONS',
    paragraph(
      'Every command takes --json and --help, those that ask the gateway --socket, those that may need your consent --yes.',
    ),
    ...optionLines(COMMON),
    '.SH COMMANDS',
    ...here.flatMap(commandLines),
    '.SH COMMANDS OF THE APPLIANCE',
    paragraph(APPLIANCE.replace(/^It needs/, 'They need')),
    ...there.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...Object.values(EXIT).flatMap(({ code, meaning }) => tagged(String(code), meaning)),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => tagged(name, meaning)),
    '.SH FILES',
    ...tagged('~/.local/state/llmbasedos', 'Tokens, settings, models and the log of luca up.'),
    ...tagged('~/llmbasedos-files', 'What is served unless another folder is named.'),
    '.SH EXAMPLES',
    ...tagged('luca up --files ~/Documents', 'Start it, and serve a folder.'),
    ...tagged('luca token create phone --expires 30d', 'Make a token for a client.'),
    ...tagged('luca call time_get_current_time \'{"timezone": "Asia/Tokyo"}\'', 'Call a tool.'),
    ...tagged('luca search "when does the lease end?"', 'Find a passage in your files.'),
    ...tagged('cat notes | luca llm "summarise"', 'Ask a language model.'),
  ]
  return `${lines.join('\n')}\n`
}

/** What many commands take, told once. */
const COMMON = optionsOf({
  name: '',
  summary: '',
  usage: '',
  positionals: [0, 0],
  run: async () => 'ok',
  gateway: true,
  consent: true,
})

function commandLines(command: Command): string[] {
  const { summary, details, alone, otherwise, verbs = {} } = command
  const own = Object.entries(optionsOf(command)).filter(([name]) => !Object.hasOwn(COMMON, name))
  const shared = own.filter(([, { verbs }]) => !verbs)
  const others = own.filter(([, { verbs }]) => verbs?.length === 0)
  return [
    `.SS ${text(usageLine(command))}`,
    paragraph(sentence(summary)),
    ...(details === undefined ? [] : ['.PP', paragraph(details)]),
    ...(alone === undefined ? [] : tagged(`luca ${command.name}`, sentence(alone))),
    ...(otherwise ? [...tagged(otherwiseLine(command), sentence(otherwise.summary)), ...within(others)] : []),
    ...Object.entries(verbs).flatMap(([verb, { summary, appliance }]) => [
      ...tagged(
        usageLine(command, verb),
        sentence(appliance && !command.appliance ? `${summary} (on the appliance)` : summary),
      ),
      ...within(own.filter(([, option]) => option.verbs?.includes(verb))),
    ]),
    ...optionLines(Object.fromEntries(shared)),
  ]
}

const within = (options: readonly [string, Option][]): string[] =>
  options.length === 0 ? [] : ['.RS', ...optionLines(Object.fromEntries(options)), '.RE']

const optionLines = (options: Readonly<Record<string, Option>>): string[] =>
  Object.entries(options).flatMap(([name, option]) =>
    tagged(
      `${option.short ? `-${option.short}, ` : ''}${optionForm([name, option])}`,
      sentence(option.description),
    ),
  )

const tagged = (tag: string, what: string): string[] => ['.TP', `.B ${text(tag)}`, paragraph(what)]

const sentence = (words: string): string =>
  `${words.charAt(0).toUpperCase()}${words.slice(1)}`.replace(/\.?$/, '.')

/** Each sentence on a line of its own, as the macros want it. */
const paragraph = (words: string): string =>
  words
    .split(/(?<=[.?!]) (?=[A-Z"])/)
    .map(text)
    .join('\n')

/** What roff would read as something else is escaped; what the oldest terminals lack is written in ASCII. */
function text(words: string): string {
  const plain = words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', "'")
    .replaceAll('…', '...')
    .replaceAll("'", '\\(aq')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('`', '\\(ga')
    .replaceAll('"', '\\(dq')
  return /^[.]/.test(plain) ? `\\&${plain}` : plain
}
