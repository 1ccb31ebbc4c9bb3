/** Asks the person at the terminal about a call that an answer waits with. It waits for them with the others of "luca approve". */
import { setTimeout as delay } from 'node:timers/promises'
import { ADMIN } from '../../command/admin.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import { CLEAR_LINE, inLine, visible, writeLine } from '../../command/output.ts'
import { isRecord, textIn } from '../../protocol/values.ts'

/** How long it takes at most until a call that asks is on the list, in looks and in milliseconds between them. */
const LOOKS = 10
const LOOK_EVERY_MS = 100

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
    const call = await this.#find(tool)
    const { io, ask, signal } = this.#context
    if (!call) return writeLine(io.stderr, `${inLine(tool)} waits for your consent; "luca approve" shows it.`)
    for (const line of call.lines) writeLine(io.stderr, line)
    if (!ask) return writeLine(io.stderr, `It waits for your consent: luca approve ${call.id}`)
    const typed = await ask('Allow it? [y/N] ')
    if (signal.aborted) return
    const allow = typed !== undefined && /^y(es)?$/i.test(typed.trim())
    const link = await this.#context.gateway()
    await link.ask(ADMIN.decideApproval, { id: call.id, allow }, signal)
  }

  async #find(tool: string): Promise<{ id: string; lines: string[] } | undefined> {
    const { gateway, signal, io } = this.#context
    const link = await gateway()
    for (let look = 0; look < LOOKS; look++) {
      const { approvals } = await link.request(ADMIN.listApprovals, {}, { signal })
      for (const one of Array.isArray(approvals) ? approvals.filter(isRecord) : []) {
        const [id, way] = [textIn(one.id), textIn(one.tool)]
        if (id === undefined || way === undefined || this.#seen.has(id) || !isOfAnswer(way, tool)) continue
        this.#seen.add(id)
        const given = textIn(one.arguments) ?? ''
        const [what, text, warning] = [textIn(one.what), textIn(one.text), textIn(one.warning)]
        const lines = [
          `${io.stderr.isTTY ? CLEAR_LINE : ''}${inLine(tool)} ${inLine(given)}`,
          ...(text === undefined ? [] : visible(text).split('\n')),
          ...(what === undefined ? [] : [`It would ${inLine(what)}.`]),
          ...(warning === undefined ? [] : [inLine(warning)]),
        ]
        return { id, lines }
      }
      await delay(LOOK_EVERY_MS, undefined, { signal })
    }
    return undefined
  }

  #tell(error: unknown): void {
    if (this.#context.signal.aborted) return
    const why = error instanceof CliError ? error.message : 'It could not be asked about.'
    writeLine(this.#context.io.stderr, `${visible(why)} "luca approve" shows what waits.`)
  }
}

/** The call of a tool that a model made in an answer of a conversation. */
const isOfAnswer = (way: string, tool: string): boolean =>
  way.startsWith('chat_') && way.endsWith(` → ${tool}`)
