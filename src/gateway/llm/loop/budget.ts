/** How much of its context a model's next prompt may take, counted by the model itself before each round. */

import { estimatePrompt } from '../estimate.ts'
import type { JsonObject } from '../request.ts'
import { costOf } from './tool-choice.ts'
import type { Shortened, Transcript } from './transcript.ts'

/** What is kept free for an answer: a part of the context, and no more tokens than that. */
const ANSWER_SHARE = 1 / 8
const MOST_ANSWER = 1024
/** The part of a context that one result may take, and the most, in tokens. */
const RESULT_SHARE = 1 / 3
const MOST_RESULT = 16_384
/** What a result may take however little room there is, in tokens. */
const LEAST_RESULT = 48
/** What a model elsewhere is taken to read, in tokens, where models.yaml does not say. */
const USUAL_CONTEXT = 32_768
/** The least that any is taken to read. */
const LEAST_CONTEXT = 512

/** What a model says of a prompt. */
export interface Counted {
  model: string
  tokens: number
  /** Undefined where it is not known. */
  context: number | undefined
  /** Whether it can be given tools. */
  canCall: boolean
}

export type Count = (messages: readonly JsonObject[], tools: readonly JsonObject[]) => Promise<Counted>

export class Budget {
  readonly #count: Count
  readonly #answer: number | undefined
  #context = USUAL_CONTEXT
  #scale = 1
  /** Of the shortest prompt. */
  #bare = 0
  /** Of the prompt that was counted last. */
  #tokens = 0
  /** What a provider's refusal has taught. */
  #atMost = Infinity

  /** `answer` is how long an answer is asked for, in tokens, where that is said. */
  constructor(count: Count, answer: number | undefined) {
    this.#count = count
    this.#answer = answer
  }

  /** How many tokens the model can see at once. */
  get context(): number {
    return this.#context
  }

  /** How many tokens of its own the model makes of one by our estimate. */
  get scale(): number {
    return this.#scale
  }

  /** Asks which model it is, how much it can see, and whether it can be given tools. */
  async begin(): Promise<Counted> {
    const bare = await this.#counted(PROBE, [])
    this.#bare = bare.tokens
    return bare
  }

  /** What tools cost, in the model's own tokens; from then on the scale is that of these. */
  async costOf(tools: readonly JsonObject[]): Promise<number> {
    if (tools.length === 0) return 0
    const { tokens } = await this.#counted(PROBE, tools)
    const cost = Math.max(0, tokens - this.#bare)
    this.#scale = Math.max(LEAST_SCALE, cost / costOf(tools))
    return cost
  }

  /** Shortens a transcript until it fits together with the tools. Gives what became shorter. */
  async fit(transcript: Transcript, tools: readonly JsonObject[]): Promise<Shortened> {
    const all = { results: 0, turns: 0 }
    for (;;) {
      const { messages } = transcript
      const { tokens } = await this.#counted(messages, tools)
      this.#tokens = tokens
      const over = tokens - (this.#context - this.#kept)
      if (over <= 0) return all
      const scale = Math.max(LEAST_SCALE, tokens / Math.max(1, estimatePrompt({ messages, tools })))
      const shortened = transcript.shorten(Math.ceil(over / scale))
      if (!shortened) return all
      all.results += shortened.results
      all.turns += shortened.turns
    }
  }

  /** How long each of so many results may be, in tokens by our estimate. */
  resultTokens(count: number): number {
    const free = this.#context - this.#kept - this.#tokens
    const share = Math.min(MOST_RESULT, this.#context * RESULT_SHARE, free / Math.max(1, count))
    return Math.floor(Math.max(LEAST_RESULT, share) / this.#scale)
  }

  /** A prompt was refused as too long. Gives whether a shorter one is worth a try. */
  wasTooLong(): boolean {
    const less = Math.min(this.#atMost, this.#context, Math.max(this.#tokens, LEAST_CONTEXT)) * SHRINK
    if (less < LEAST_CONTEXT) return false
    this.#atMost = Math.floor(less)
    return true
  }

  get #kept(): number {
    const share = Math.min(MOST_ANSWER, Math.floor(this.#context * ANSWER_SHARE))
    return Math.min(share, this.#answer ?? share)
  }

  async #counted(messages: readonly JsonObject[], tools: readonly JsonObject[]): Promise<Counted> {
    const counted = await this.#count(messages, tools)
    this.#context = Math.min(counted.context ?? USUAL_CONTEXT, this.#atMost)
    return counted
  }
}

const PROBE: readonly JsonObject[] = [{ role: 'user', content: '?' }]
/** No model makes fewer tokens of a text than that part of our estimate. */
const LEAST_SCALE = 0.5
/** By how much a prompt is made shorter that was refused. */
const SHRINK = 0.6
