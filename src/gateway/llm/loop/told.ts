/** What a client gets of a loop while it runs: one answer in pieces, made of those of all rounds, and the steps if it wants them. */
import type { LoopReport, LoopStep } from '../../../contracts/tool-loop.ts'
import type { ChatDelta, ToolCallDelta } from '../../../protocol/model-delta.ts'
import type { Drained } from '../../call/call.ts'
import type { Listener } from '../attempt.ts'
import { type Chunk, chunkMaker, deltaIn, type Usage } from '../chunks.ts'
import { certainLength, halfCallAt } from './half-call.ts'

/** Between what a model says before and after it called tools. */
const BETWEEN = '\n\n'
const WAITS = 'A call of a tool waits for a person: "luca approve" on the machine of the tools shows it.\n'

export class Told {
  readonly #listener: Listener | undefined
  readonly #steps: boolean
  readonly #chunks: ReturnType<typeof chunkMaker>
  /** All that the model said to the person, in all rounds. */
  #text = ''
  /** White space that is said once something follows it. */
  #blank = ''
  #isFirstOfRound = true
  /** What the model wrote in this round, how much of it was looked at, and whether a call is in it that is nothing to show. */
  #written = ''
  #looked = 0
  #hasHalfCall = false

  /** Without a listener nothing is told before the end. */
  constructor(model: string, listener: Listener | undefined, steps: boolean) {
    this.#listener = listener
    this.#steps = steps
    this.#chunks = chunkMaker('chat', model)
  }

  get text(): string {
    return this.#text
  }

  /** What is given the chunks of one round; of one that is held nothing is told before it is whole. */
  round(isHeld: boolean): Listener {
    this.#begin()
    return {
      chunk: (chunk) => (isHeld ? undefined : this.#took(deltaIn(chunk) ?? {})),
      queued: (position) => this.#listener?.queued(position),
    }
  }

  /** A text that came whole. */
  say(content: string): void {
    this.#begin()
    this.#took({ content })
    this.endRound()
  }

  step(step: LoopStep): Drained {
    if (this.#steps) return this.#give(this.#chunks.beside({ step }))
    // Who knows of no steps sees as a thought why nothing comes.
    return step.kind === 'asks' ? this.#took({ reasoning_content: WAITS }) : undefined
  }

  end(
    finishReason: string,
    calls: readonly ToolCallDelta[],
    loop: LoopReport,
    usage: Usage | undefined,
  ): void {
    if (calls.length > 0) this.#give(this.#chunks.of({ delta: { tool_calls: [...calls] } }))
    const last = this.#chunks.of({ delta: {}, finish_reason: finishReason })
    this.#give({ ...last, llmbasedos: { loop } })
    if (usage) this.#give(this.#chunks.usage(usage))
  }

  #begin(): void {
    this.#isFirstOfRound = true
    this.#blank = ''
    this.#written = ''
    this.#looked = 0
    this.#hasHalfCall = false
  }

  /** A round has come whole. */
  endRound(): void {
    if (this.#hasHalfCall) return
    const rest = this.#spoken(this.#written.slice(this.#looked))
    if (rest !== '') this.#give(this.#chunks.of({ delta: { content: rest } }))
  }

  #took({ content, reasoning_content: reasoning, refusal }: ChatDelta): Drained {
    const thought = reasoning
      ? this.#give(this.#chunks.of({ delta: { reasoning_content: reasoning } }))
      : undefined
    const text = this.#spoken(this.#withoutHalfCall(content ?? refusal ?? ''))
    return text === '' ? thought : this.#give(this.#chunks.of({ delta: { content: text } }))
  }

  #withoutHalfCall(part: string): string {
    if (this.#hasHalfCall) return ''
    this.#written += part
    const at = halfCallAt(this.#written, this.#looked)
    this.#hasHalfCall = at >= 0
    const from = this.#looked
    this.#looked = at >= 0 ? at : Math.max(from, certainLength(this.#written))
    return this.#written.slice(from, this.#looked)
  }

  /** What is to be said of a part: nothing as long as there is only white space. */
  #spoken(part: string): string {
    if (!this.#isFirstOfRound) {
      this.#text += part
      return part
    }
    this.#blank += part
    if (this.#blank.trim() === '') return ''
    const text = (this.#text === '' ? '' : BETWEEN) + this.#blank.trimStart()
    this.#isFirstOfRound = false
    this.#blank = ''
    this.#text += text
    return text
  }

  #give(chunk: Chunk): Drained {
    return this.#listener?.chunk(chunk)
  }
}
