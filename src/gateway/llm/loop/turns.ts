/** One request to a model in a loop: what it is sent of the conversation, and what it gave. */
import { RpcError } from '../../../protocol/jsonrpc.ts'
import type { ToolCallDelta } from '../../../protocol/model-delta.ts'
import { isRecord, textIn } from '../../../protocol/values.ts'
import type { CallTrace, ConsentedCall } from '../../call/call.ts'
import { answer } from '../answer.ts'
import { readChoices } from '../answer-choices.ts'
import type { Answer, Models } from '../attempt.ts'
import type { ModelSelector } from '../choice.ts'
import { countTokens } from '../count.ts'
import { estimatePrompt } from '../estimate.ts'
import type { JsonObject, ModelRequest } from '../request.ts'
import { readArguments } from './arguments.ts'
import { Budget, type Counted } from './budget.ts'
import type { AskedCall } from './calls.ts'
import { halfCallAt } from './half-call.ts'
import type { Spent } from './spent.ts'
import type { Told } from './told.ts'
import { plainText, Transcript } from './transcript.ts'

/** How often a prompt is made shorter that a provider refuses as too long. */
const MOST_REFUSALS = 6

/** What a model gave. */
export interface Given {
  whole: Answer
  text: string
  calls: AskedCall[]
  /** Whether the text broke off in a call that could not be read. */
  isHalfCall: boolean
  finishReason: string
}

export interface Turn {
  /** In their order; none where it is to answer in words. */
  tools: readonly JsonObject[]
  /** What is said to it last, and is no part of the conversation. */
  note?: string | undefined
}

export class ModelTurns {
  readonly transcript: Transcript
  readonly budget: Budget
  /** Which model is asked. */
  selector: ModelSelector
  readonly #models: Models
  readonly #call: ConsentedCall
  readonly #trace: CallTrace
  readonly #request: ModelRequest
  readonly #spent: Spent
  readonly #ids = new Set<string>()
  #asked = 0
  /** Whether a note may be a turn of its own after results of tools; not all models know that. */
  #speaksApart = true

  constructor(models: Models, call: ConsentedCall, trace: CallTrace, request: ModelRequest, spent: Spent) {
    this.#models = models
    this.#call = call
    this.#trace = trace
    this.#request = request
    this.#spent = spent
    this.selector = request.selector
    const { messages } = request.body
    this.transcript = new Transcript(Array.isArray(messages) ? messages.filter(isRecord) : [])
    this.budget = new Budget((messages, tools) => this.#count(messages, tools), request.maxTokens)
  }

  /** Asks once, with as much of the conversation as fits. Throws RpcError, or the reason of the call's signal. */
  async ask(turn: Turn, told: Told): Promise<Given> {
    for (let refusals = 0; ; refusals++) {
      this.#call.checkAgain()
      const shortened = await this.budget.fit(this.transcript, turn.tools)
      if (shortened.results + shortened.turns > 0) await told.step({ kind: 'shortened', ...shortened })
      try {
        return await this.#given(turn, told)
      } catch (error) {
        if (refusals >= MOST_REFUSALS || !this.#canSayOtherwise(error, turn)) throw error
      }
    }
  }

  /** Whether a request that was refused may be taken in another form, which the next one has. */
  #canSayOtherwise(error: unknown, { note }: Turn): boolean {
    const code = codeOf(error)
    if (code === 'context_length_exceeded') return this.budget.wasTooLong()
    if (code !== 'invalid_request' || note === undefined || !this.#speaksApart) return false
    this.#speaksApart = false
    return true
  }

  /** What the model gave is a part of the conversation from now on. */
  keep({ text, calls }: Pick<Given, 'text' | 'calls'>): void {
    const made = calls.length === 0 ? {} : { tool_calls: calls.map(writtenCall) }
    this.transcript.add({
      role: 'assistant',
      content: text === '' && calls.length > 0 ? null : text,
      ...made,
    })
  }

  async #given({ tools, note }: Turn, told: Told): Promise<Given> {
    const { body, stream } = this.#request
    const { tools: _, tool_choice: choice, ...rest } = body
    const { messages } = this.transcript
    const isFirst = this.#asked++ === 0
    const request: ModelRequest = {
      ...this.#request,
      selector: this.selector,
      streamUsage: false,
      body: {
        ...rest,
        messages: note === undefined ? messages : withNote(messages, note, this.#speaksApart),
        // Should another model stand in, which reads less.
        context_overflow: 'drop_oldest',
        ...(tools.length > 0 ? { tools } : {}),
        // What must be called is called once.
        ...(tools.length > 0 && isFirst && choice !== undefined ? { tool_choice: choice } : {}),
      },
    }
    // An answer in a form is that of the last round alone: with words before it, it would be in none.
    const hasForm = isRecord(body.response_format) && body.response_format.type !== 'text'
    const isHeld = hasForm || !stream
    const listener = told.round(isHeld)
    const whole = await this.#spent.on(this.#trace, (trace) =>
      answer(this.#models, this.#call, trace, request, listener),
    )
    const [first] = readChoices(whole)
    const { content, refusal, tool_calls: calls } = first?.delta ?? {}
    const written = content || refusal || ''
    const half = halfCallAt(written)
    const text = half < 0 ? written : written.slice(0, half)
    const asked = tools.length === 0 ? [] : (calls ?? []).map((one) => this.#callOf(one))
    if (!isHeld) told.endRound()
    else if (!hasForm || asked.length === 0) told.say(text)
    return {
      whole,
      text,
      calls: asked,
      isHalfCall: half >= 0,
      finishReason: first?.finishReason ?? 'stop',
    }
  }

  /** Ids are the model's own where they are there and no other call has them. */
  #callOf({ id, function: { name = '', arguments: written = '' } = {} }: ToolCallDelta): AskedCall {
    const own = id === undefined || id === '' || this.#ids.has(id) ? `call_${this.#ids.size + 1}` : id
    this.#ids.add(own)
    return { id: own, name, arguments: written }
  }

  async #count(messages: readonly JsonObject[], tools: readonly JsonObject[]): Promise<Counted> {
    const body = { messages, ...(tools.length > 0 ? { tools } : {}) }
    const request: ModelRequest = { ...this.#request, selector: this.selector, body }
    try {
      const {
        model,
        tokens,
        context,
        tools: canCall,
      } = await countTokens(this.#models, this.#call, this.#trace, request)
      return {
        model: textIn(model) ?? 'default',
        tokens: typeof tokens === 'number' ? tokens : estimatePrompt(body),
        context: typeof context === 'number' ? context : undefined,
        canCall: canCall !== false,
      }
    } catch (error) {
      // A model that can't count this can still be asked.
      if (codeOf(error) !== 'invalid_request') throw error
      return {
        model: this.selector.model ?? 'default',
        tokens: estimatePrompt(body),
        context: undefined,
        canCall: true,
      }
    }
  }
}

/** What can't be read as arguments is not repeated to a model: some refuse a conversation that has it. */
function writtenCall({ id, name, arguments: written }: AskedCall): JsonObject {
  const args = 'problem' in readArguments(written) || written.trim() === '' ? '{}' : written
  return { id, type: 'function', function: { name, arguments: args } }
}

/** Two turns of one speaker are too many for some models: after what a person said it is a part of that. */
function withNote(messages: readonly JsonObject[], note: string, speaksApart: boolean): JsonObject[] {
  const [last, before] = [messages.at(-1), messages.slice(0, -1)]
  if (!last || (speaksApart && last.role !== 'user')) return [...messages, { role: 'user', content: note }]
  const { content } = last
  return [
    ...before,
    {
      ...last,
      content: Array.isArray(content)
        ? [...content, { type: 'text', text: note }]
        : `${plainText(content)}\n\n${note}`,
    },
  ]
}

const codeOf = (error: unknown): unknown =>
  error instanceof RpcError && isRecord(error.data) ? error.data.code : undefined
