/** Asks the person at the terminal about a call that an answer waits with. It waits for them with the others of "luca approve". */
import { ADMIN } from '../../command/admin.ts'
import { type WaitingCall, waitingCall } from '../../command/chat/waiting-call.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import type { Io } from '../../command/io.ts'
import { CLEAR_LINE, inLine, visible, writeLine } from '../../command/output.ts'

export class Consents {
  readonly #context: Context
  readonly #seen = new Set<string>()
  #last: Promise<void> = Promise.resolve()

  constructor(context: Context) {
    this.#context = context
  }

  /** One after the other, as a person answers. Never rejects. */
  ask(tool: string): void {
    this.#last = this.#last.then(() => this.#ask(tool)).catch((error) => this.#tell(error))
  }

  /** Resolves once nothing is asked any longer. */
  get answered(): Promise<void> {
    return this.#last
  }

  async #ask(tool: string): Promise<void> {
    const { io, ask, signal, gateway } = this.#context
    const link = await gateway()
    const call = await waitingCall(link, tool, this.#seen, signal)
    if (!call) return writeLine(io.stderr, `${inLine(tool)} waits for your consent; "luca approve" shows it.`)
    for (const line of linesAbout(call, io)) writeLine(io.stderr, line)
    if (!ask) return writeLine(io.stderr, `It waits for your consent: luca approve ${call.id}`)
    const typed = await ask('Allow it? [y/N] ')
    if (signal.aborted) return
    const allow = typed !== undefined && /^y(es)?$/i.test(typed.trim())
    await link.ask(ADMIN.decideApproval, { id: call.id, allow }, signal)
  }

  #tell(error: unknown): void {
    if (this.#context.signal.aborted) return
    const why = error instanceof CliError ? error.message : 'It could not be asked about.'
    writeLine(this.#context.io.stderr, `${visible(why)} "luca approve" shows what waits.`)
  }
}

const linesAbout = ({ tool, given, text, what, warning }: WaitingCall, { stderr }: Io): string[] => [
  `${stderr.isTTY ? CLEAR_LINE : ''}${inLine(tool)} ${inLine(given)}`,
  ...(text === undefined ? [] : visible(text).split('\n')),
  ...(what === undefined ? [] : [`It would ${inLine(what)}.`]),
  ...(warning === undefined ? [] : [inLine(warning)]),
]
