/** An answer while it is waited for, for all who follow it. */
import type { ChatPart } from '../../../contracts/chat.ts'
import type { LoopStep } from '../../../contracts/tool-loop.ts'
import type { About, Message, MessageState, ToolCall } from '../store/shapes.ts'

/** A part that is no text, and how much text there was before it. */
interface Told {
  at: number
  part: ChatPart
}

export class LiveAnswer {
  readonly id: number
  content: string
  readonly calls: ToolCall[]
  readonly told: Told[] = []
  state: MessageState
  why: string | undefined
  /** What is known of it, besides its calls, once it has ended. */
  about: About = {}
  /** Aborted when a person stops it. */
  readonly stop = new AbortController()
  #changed = Promise.withResolvers<void>()

  constructor({ id, state, content, about: { calls = [] } }: Message) {
    this.id = id
    this.state = state
    this.content = content
    this.calls = [...calls]
  }

  /** Resolves with the next change. */
  get changed(): Promise<void> {
    return this.#changed.promise
  }

  get hasEnded(): boolean {
    return this.state !== 'waiting' && this.state !== 'running'
  }

  begin(): void {
    this.state = 'running'
    this.#tell()
  }

  say(text: string): void {
    // What is said after a call is another paragraph.
    const isNext = this.content !== '' && this.calls.at(-1)?.at === this.content.length
    this.content += isNext ? `\n\n${text.trimStart()}` : text
    this.#tell()
  }

  note(part: ChatPart): void {
    this.told.push({ at: this.content.length, part })
    this.#tell()
  }

  take(step: LoopStep): void {
    if (step.kind === 'call') {
      const { id, name, arguments: given } = step
      this.calls.push({ id, name, arguments: given, at: this.content.length })
    }
    const call = step.kind === 'result' ? this.calls.findLast(({ id }) => id === step.id) : undefined
    if (call && step.kind === 'result') {
      call.result = step.text
      if (step.isError) call.isError = true
      if (step.isCut) call.isCut = true
      if (step.untrusted !== undefined) call.untrusted = step.untrusted
    }
    this.note({ step })
  }

  end(state: Exclude<MessageState, 'waiting' | 'running'>, why?: string): void {
    if (this.hasEnded) return
    this.state = state
    this.why = why
    this.#tell()
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
