/** One run of `luca`: the words of the command line → an exit code. */
import { answererFor, terminalPrompter, watched } from '../command/answers.ts'
import { agrees, commandFirst, readArguments, wantsJson } from '../command/arguments.ts'
import { CliError, reportError } from '../command/cli-error.ts'
import type { Context } from '../command/command.ts'
import { EXIT, type Outcome } from '../command/exit-codes.ts'
import { explain, find } from '../command/help.ts'
import type { Io } from '../command/io.ts'
import { isTerminal } from '../command/io.ts'
import { GatewayLink, gatewaySocket } from '../command/link.ts'
import { PRODUCT } from '../command/version.ts'
import { UnusableFile } from '../host/bounded-file.ts'
import { UnitError } from '../up/units/unit-file.ts'
import { COMMANDS } from './commands/index.ts'
import { hasScreen } from './commands/screen.ts'

/** What people type where the other commands have a word. */
const ALIASES: Readonly<Record<string, string>> = {
  '--help': 'help',
  '-h': 'help',
  '--plain': 'plain',
  '--version': 'version',
}

/** At a terminal, luca alone is the full-screen interface; at one that can show only lines, the line mode. */
const defaultCommand = (io: Io): string => (!isTerminal(io) ? 'help' : hasScreen(io) ? 'screen' : 'plain')

/** By which a command is asked to end, so that it leaves nothing half done: Ctrl-C, `kill`, a terminal that was closed. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs one command. Never throws; what went wrong is said on stderr. */
export async function luca(words: readonly string[], io: Io): Promise<number> {
  try {
    return EXIT[await run(words, io)].code
  } catch (error) {
    const failure = error instanceof CliError ? error : new CliError('failed', explainUnexpected(error))
    reportError(failure, io, wantsJson(words))
    return EXIT[failure.outcome].code
  }
}

async function run(given: readonly string[], io: Io): Promise<Outcome> {
  const { name, words } = commandIn(given, io)
  const command = find(COMMANDS, name)
  const input = readArguments(command, words)
  const interrupted = new AbortController()
  const onInterrupt = () => interrupted.abort(new CliError('interrupted', 'Ended by Ctrl-C.'))
  if (!command.ownSignals) for (const signal of ENDING) process.once(signal, onInterrupt)
  const socket = () => gatewaySocket(input.text('socket'), io.env)
  let link: Promise<GatewayLink> | undefined
  const { ask, isAsking } = watched(terminalPrompter(io))
  const context: Context = {
    io,
    json: input.flag('json'),
    signal: interrupted.signal,
    get gatewaySocket() {
      return socket()
    },
    cwd: '/',
    ask,
    isAsking,
    gateway: () => {
      link ??= GatewayLink.open(socket(), PRODUCT, answererFor(io, { yes: agrees(input), ask }))
      return link
    },
  }
  try {
    if (input.flag('help')) {
      explain(command, context, input.verb)
      return 'ok'
    }
    return await command.run(input, context)
  } finally {
    for (const signal of ENDING) process.removeListener(signal, onInterrupt)
    const opened = await link?.catch(() => undefined)
    opened?.close()
  }
}

/** What is to be done: the command, which options may stand before, and the words for it. */
function commandIn(given: readonly string[], io: Io): { name: string; words: readonly string[] } {
  const [first = '', ...rest] = commandFirst(given, COMMANDS)
  if (!first.startsWith('-') && first !== '') return { name: first, words: rest }
  const alias = given.find((word) => Object.hasOwn(ALIASES, word))
  if (alias === undefined) return { name: defaultCommand(io), words: given }
  return { name: ALIASES[alias] as string, words: given.filter((word) => word !== alias) }
}

function explainUnexpected(error: unknown): string {
  if (error instanceof UnitError) return error.message
  if (error instanceof UnusableFile) return `${error.message} Correct it or move it away, and try again.`
  const message = error instanceof Error ? error.message : String(error)
  return `Something unexpected went wrong: ${message}. "luca doctor" may know more.`
}
