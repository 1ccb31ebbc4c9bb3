/** What of an answer is on the terminal: its text on stdout, a line for each call of a tool on stderr, and the questions about these. */
import type { Context } from '../../command/command.ts'
import { CLEAR_LINE, inLine, visible, writeLine } from '../../command/output.ts'
import type { ChatPart } from '../../contracts/chat.ts'
import type { LoopStep } from '../../contracts/tool-loop.ts'
import { Consents } from './consent.ts'

/** How much is shown of what a tool is called with, and of why it failed, in characters. */
const SHORT_CHARS = 200

export class Shown {
  readonly consents: Consents
  hasText = false
  readonly #context: Context
  readonly #calls = new Map<string, string>()
  /** Whether the cursor is in a line of the answer. */
  #isInLine = false

  constructor(context: Context) {
    this.#context = context
    this.consents = new Consents(context)
  }

  take(part: ChatPart): void {
    const { io, signal } = this.#context
    // Once it was stopped, the terminal is someone else's.
    if (signal.aborted) return
    if ('text' in part) {
      this.hasText = true
      this.#isInLine = !part.text.endsWith('\n')
      io.stdout.write(io.stdout.isTTY ? visible(part.text) : part.text)
    } else if ('waits' in part)
      this.#note(part.waits === 'question' ? 'waits for the answer before it' : 'summarises older messages')
    else if ('step' in part) this.#step(part.step)
  }

  endLine(): void {
    if (this.#isInLine) writeLine(this.#context.io.stdout, '')
    this.#isInLine = false
  }

  #step(step: LoopStep): void {
    if (step.kind === 'call') {
      this.#calls.set(step.id, step.name)
      this.#note(`→ ${step.name} ${shortened(step.arguments)}`)
    } else if (step.kind === 'asks') {
      this.endLine()
      this.consents.ask(this.#calls.get(step.id) ?? '')
    } else if (step.kind === 'result' && step.isError)
      this.#note(`  ${this.#calls.get(step.id) ?? ''} failed: ${shortened(step.text)}`)
    else if (step.kind === 'shortened' && step.turns > 0)
      this.#note(`${step.turns} older messages are left out, to fit`)
    else if (step.kind === 'shortened' && step.results === 0)
      this.#note('part of the question is left out, to fit')
  }

  #note(text: string): void {
    const { stderr } = this.#context.io
    this.endLine()
    writeLine(stderr, `${stderr.isTTY ? CLEAR_LINE : ''}${inLine(text.toWellFormed())}`)
  }
}

const shortened = (text: string): string =>
  text.length > SHORT_CHARS ? `${text.slice(0, SHORT_CHARS)}…` : text
