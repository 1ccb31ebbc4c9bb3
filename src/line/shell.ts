/** The line mode without its surface: one typed line → an outcome. */
import { PassThrough } from 'node:stream'
import { answererFor, watched } from '../command/answers.ts'
import { agrees, readArguments, wantsJson } from '../command/arguments.ts'
import { CliError, reportError } from '../command/cli-error.ts'
import type { Command, Context, Input, Prompter } from '../command/command.ts'
import type { Outcome } from '../command/exit-codes.ts'
import { explain, helpFor } from '../command/help.ts'
import type { Io } from '../command/io.ts'
import { writeLine } from '../command/output.ts'
import { suggestName } from '../host/suggest.ts'
import { builtins, connectFor, type ShellState } from './builtins.ts'
import { ReconnectingGateway } from './gateway.ts'
import { Jobs } from './jobs.ts'
import { callByName, isMethodName } from './methods.ts'
import { askOffer, NO_OFFER, type Offer } from './offer.ts'
import { redirected } from './redirect.ts'
import { type Line, LineError, parseLine } from './words.ts'

/** Commands that make no sense from within, or that the line mode has its own of. */
const NOT_HERE: ReadonlySet<string> = new Set(['up', 'screen', 'plain', 'stdio', 'help'])
const ALIASES: Readonly<Record<string, string>> = { dir: 'ls', '?': 'help', '--help': 'help', '-h': 'help' }
/** How long an answer about what the gateway offers holds, in milliseconds. */
const OFFER_HOLDS_MS = 30_000

export interface ShellOptions {
  io: Io
  /** The gateway's socket. */
  socket: string
  /** Agrees to what needs consent without asking. */
  yes: boolean
  /** The commands of the one-shot mode. */
  commands: readonly Command[]
  /** Asks the person who types; by default there is none. */
  ask?: Prompter
}

/** Those of a line mode, which asks whoever types. */
export type LineModeOptions = Omit<ShellOptions, 'ask'>

export class LineShell implements ShellState {
  cwd = '/'
  leaving = false
  readonly jobs = new Jobs()
  readonly gateway: ReconnectingGateway
  readonly commands: readonly Command[]
  readonly #options: ShellOptions
  readonly #io: Io
  #offer: { offer: Offer; until: number } | undefined

  constructor(options: ShellOptions) {
    this.#options = options
    // What is typed are commands; none of them reads it.
    this.#io = { ...options.io, stdin: new PassThrough().end() }
    this.gateway = new ReconnectingGateway(options.socket)
    this.commands = this.#commandTable(options.commands)
  }

  /** Runs one line. Never throws; what went wrong is said on stderr. */
  async run(text: string, signal: AbortSignal): Promise<Outcome> {
    const io = this.#io
    let words: readonly string[] = []
    return this.#told(
      io,
      () => words,
      async () => {
        const line = parse(text)
        words = line.words
        if (line.words.length === 0) return 'ok'
        if (!line.background) return this.#execute(line, io, signal, this.#options.ask)
        const job = this.jobs.start(text.replace(/&\s*$/, '').trim(), io, (jobIo, stop) =>
          this.#told(
            jobIo,
            () => words,
            () => this.#execute(line, jobIo, stop, undefined),
          ),
        )
        writeLine(io.stderr, `[${job.id}]`)
        return 'ok'
      },
    )
  }

  /** What the gateway offers, asked anew after a while. */
  async offer(signal: AbortSignal): Promise<Offer> {
    if (this.#offer && performance.now() < this.#offer.until) return this.#offer.offer
    const offer = await askOffer(this.context(this.#io, signal))
    this.#offer = { offer, until: performance.now() + OFFER_HOLDS_MS }
    return offer
  }

  /** The surroundings of a command. */
  context(io: Io, signal: AbortSignal, input?: Input, ask?: Prompter): Context {
    const asking = watched(ask)
    const answerer = answererFor(io, {
      yes: this.#options.yes || (input !== undefined && agrees(input)),
      ask: asking.ask,
    })
    return {
      io,
      json: input?.flag('json') ?? false,
      signal,
      gatewaySocket: this.#options.socket,
      cwd: this.cwd,
      ...asking,
      gateway: async () => (await this.gateway.link()).answering(answerer),
    }
  }

  #commandTable(general: readonly Command[]): Command[] {
    const here = general
      .filter(({ name }) => !NOT_HERE.has(name))
      .map((command) => command.inLineMode?.() ?? command)
      .map(({ gateway: _, ...command }) =>
        command.name === 'connect' ? connectFor(command, this.gateway) : command,
      )
    const all: Command[] = [...here, ...builtins(this), helpFor(() => all)]
    return all
  }

  async #told(io: Io, words: () => readonly string[], work: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await work()
    } catch (error) {
      const failure =
        error instanceof CliError
          ? error
          : new CliError('failed', error instanceof Error ? error.message : String(error), { cause: error })
      reportError(failure, io, wantsJson(words()))
      return failure.outcome
    }
  }

  #execute(line: Line, io: Io, signal: AbortSignal, ask: Prompter | undefined): Promise<Outcome> {
    return redirected(line, io, signal, (out, stop) => this.#command(line.words, out, stop, ask))
  }

  async #command(
    given: readonly string[],
    io: Io,
    signal: AbortSignal,
    ask: Prompter | undefined,
  ): Promise<Outcome> {
    const words = given[0] === 'luca' && given.length > 1 ? given.slice(1) : given
    const [first = '', ...rest] = words
    const name = ALIASES[first] ?? first
    const command = this.commands.find((one) => one.name === name)
    if (!command) return this.#method(name, rest, io, signal, ask)
    const input = readArguments(command, rest)
    const context = this.context(io, signal, input, ask)
    if (!input.flag('help')) return command.run(input, context)
    explain(command, context, input.verb)
    return 'ok'
  }

  async #method(
    name: string,
    words: readonly string[],
    io: Io,
    signal: AbortSignal,
    ask: Prompter | undefined,
  ): Promise<Outcome> {
    const options = new Set<string>(words.filter((word) => word === '--json' || word === '--yes'))
    const input: Input = {
      verb: undefined,
      positionals: words.filter((word) => !options.has(word)),
      text: () => undefined,
      list: () => [],
      flag: (option) => options.has(`--${option}`),
    }
    const offer = await this.offer(signal).catch((error: unknown) => {
      if (isMethodName(name)) return NO_OFFER
      throw error
    })
    if (offer !== NO_OFFER && !offer.names.includes(name)) throw this.#unknown(name, offer)
    return callByName(name, input.positionals, offer, this.context(io, signal, input, ask))
  }

  #unknown(name: string, offer: Offer): CliError {
    const near = suggestName(name, [...this.commands.map((command) => command.name), ...offer.names])
    return new CliError(
      'usage',
      `There is no command, method or tool "${name}".${near ? ` Did you mean "${near}"?` : ' "help" lists the commands, "tools" the tools.'}`,
    )
  }
}

function parse(text: string): Line {
  try {
    return parseLine(text)
  } catch (cause) {
    if (cause instanceof LineError) throw new CliError('usage', cause.message, { cause })
    throw cause
  }
}
