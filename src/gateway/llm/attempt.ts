/** One request, sent to one model: what it may take, what its caller gets of its answer, and what is charged for it. */
import type { ModelAliases } from '../../contracts/model-aliases.ts'
import type { Delta, ModelStatus } from '../../protocol/model-delta.ts'
import { isRecord, isWhole } from '../../protocol/values.ts'
import type { CallTrace, ConsentedCall, Drained, LlmGrant } from '../call/call.ts'
import { answerText, brokenAnswer, readChoices, textOf } from './answer-choices.ts'
import { bodyFor } from './bodies.ts'
import type { Candidate } from './choice.ts'
import { type Chunk, chunkMaker, type Usage } from './chunks.ts'
import { estimatePrompt, estimateText } from './estimate.ts'
import { ModelFailure } from './failure.ts'
import { type AskOptions, ask, type CallServer } from './model-server.ts'
import { localFields } from './parameters.ts'
import type { JsonObject, ModelRequest } from './request.ts'
import type { Charge, TokenUsage } from './token-usage.ts'

/** The longest answer that is asked for of a model elsewhere where its caller named none, in tokens: less than any has. */
const MOST_UNASKED = 4096

export interface Models {
  /** Names of models, as they are now. */
  aliases(): ModelAliases
  /** Why what models.yaml says now does not hold, as a sentence; undefined where it does. */
  problem?(): string | undefined
  callServer: CallServer
  usage: TokenUsage
  /** Called with a model that another one stands in for. */
  onFallback(from: string, to: string, failure: ModelFailure): void
}

/** A whole answer in OpenAI's shape. What it took is as the gateway counts it; the rest is as the model's server gave it. */
export type Answer = JsonObject & { usage: Usage & JsonObject }

/** What is sent while a model answers. */
export interface Listener {
  /** A chunk in OpenAI's shape. */
  chunk(chunk: Chunk): Drained
  /** The request waits for others, so many of them before it. */
  queued(position: number): Drained
}

export class Attempt {
  readonly #models: Models
  readonly #call: ConsentedCall
  readonly #trace: CallTrace
  readonly #request: ModelRequest
  readonly #candidate: Candidate
  /** Whether its caller has seen some of the answer. */
  hasTold = false

  constructor(
    models: Models,
    call: ConsentedCall,
    trace: CallTrace,
    request: ModelRequest,
    candidate: Candidate,
  ) {
    this.#models = models
    this.#call = call
    this.#trace = trace
    this.#request = request
    this.#candidate = candidate
  }

  async run(llm: LlmGrant, listener: Listener | undefined): Promise<Answer> {
    const { usage } = this.#models
    const { task, maxTokens, stream, streamUsage } = this.#request
    const { where, name } = this.#candidate
    const { principal, grant } = this.#call
    // Before anything is charged.
    if (where === 'local') localFields(task, this.#request.body)
    const isLimited = llm.tokensPerRequest !== undefined || llm.tokensPerDay !== undefined
    const promptTokens = await this.#countPrompt(isLimited)
    const charge = usage.begin(principal, grant, promptTokens, maxTokens)
    const chunks = chunkMaker(task, name)
    const cut = new AbortController()
    // Deltas are also needed where the caller wants none, to stop what takes more than it may.
    const inPieces = task !== 'embed' && (stream || isLimited)

    let hasCome = false
    const onDelta = (delta: Delta | undefined): Drained => {
      hasCome = true
      try {
        if (!delta) throw brokenAnswer()
        charge.add(textOf(delta.delta))
      } catch (error) {
        cut.abort(error)
      }
      if (cut.signal.aborted || !stream || !delta) return undefined
      this.hasTold = true
      return listener?.chunk(chunks.of(delta))
    }
    const onStatus = (status: ModelStatus): Drained => {
      if ('queued' in status) return listener?.queued(status.queued.position)
      if (status.pausing) this.#call.slot.suspend()
      else this.#call.slot.resume()
      return undefined
    }
    try {
      const args = bodyFor(
        this.#candidate,
        this.#request,
        await this.#longest(charge, promptTokens),
        inPieces,
      )
      const signal = AbortSignal.any([this.#call.signal, cut.signal])
      const given = await this.#ask(
        task,
        args,
        signal,
        inPieces || where === 'remote' ? { onDelta, onStatus } : undefined,
      )
      const told = this.#settled(given, charge, inPieces)
      if (stream && listener) {
        this.hasTold = true
        const { llmbasedos } = told
        const own = llmbasedos === undefined ? {} : { llmbasedos }
        for (const chunk of chunks.rest(readChoices(told), own)) listener.chunk(chunk)
        if (streamUsage) listener.chunk(chunks.usage(told.usage))
      }
      return where === 'remote' || this.#request.selector.model !== undefined
        ? { ...told, model: name }
        : told
    } catch (error) {
      // What never reached a model, or failed there before it began, is not charged.
      const isVain = error instanceof ModelFailure && !hasCome
      const spent = charge.settle(isVain ? { promptTokens: 0, completionTokens: 0 } : {})
      if (!isVain) this.#trace.llm = { model: name, ...spent }
      throw error
    } finally {
      this.#call.slot.resume()
    }
  }

  /** With the usage that is believed, which is also what is charged. */
  #settled(given: JsonObject, charge: Charge, inPieces: boolean): Answer {
    const said = isRecord(given.usage) ? given.usage : {}
    const { prompt_tokens: promptTokensSaid, completion_tokens: completionSaid } = said
    // Who streams has been counted, delta by delta.
    const isCounted = inPieces || this.#request.task === 'embed'
    const guess = isCounted ? undefined : estimateText(answerText(readChoices(given)))
    const completion = isCount(completionSaid) ? completionSaid : guess
    const counted = charge.settle({
      ...(isCount(promptTokensSaid) ? { promptTokens: promptTokensSaid } : {}),
      ...(completion === undefined ? {} : { completionTokens: completion }),
    })
    this.#trace.llm = { model: this.#candidate.name, ...counted }
    const { promptTokens, completionTokens } = counted
    return {
      ...(this.#request.body.encoding_format === 'base64' ? withEncodedVectors(given) : given),
      usage: {
        ...said,
        prompt_tokens: promptTokens,
        ...(this.#request.task === 'embed' ? {} : { completion_tokens: completionTokens }),
        total_tokens: promptTokens + completionTokens,
      },
    }
  }

  /** Counted by the model where it is on this machine and a limit makes it matter; else a guess. */
  async #countPrompt(matters: boolean): Promise<number> {
    const { task, body } = this.#request
    const guess = estimatePrompt(body)
    if (!matters || this.#candidate.where !== 'local' || task === 'embed') return guess
    const { model } = this.#candidate
    const subject = task === 'chat' ? { messages: body.messages, tools: body.tools } : { text: body.prompt }
    const args = { ...(model === undefined ? {} : { model }), ...subject }
    try {
      const { tokens } = await this.#ask('count', args, this.#call.signal, undefined)
      return isCount(tokens) ? tokens : guess
    } catch (error) {
      // A server that can't count this can still be asked.
      if (error instanceof ModelFailure && error.code === 'invalid_request') return guess
      throw error
    }
  }

  /** How long an answer is asked for, in tokens; undefined for as long as the model likes. */
  async #longest({ maxTokens: room }: Charge, promptTokens: number): Promise<number | undefined> {
    const { task, maxTokens: wanted } = this.#request
    if (task === 'embed' || wanted !== undefined || room === undefined) return room
    // The caller did not ask for so much, and a model that has less would refuse it.
    if (this.#candidate.where === 'remote') return room <= MOST_UNASKED ? room : undefined
    const { models } = await this.#ask('models', {}, this.#call.signal, undefined)
    const { model } = this.#candidate
    const used = (Array.isArray(models) ? models.filter(isRecord) : []).find((one) =>
      model === undefined ? one.default === true : one.id === model,
    )
    return isCount(used?.context) ? Math.max(1, Math.min(room, used.context - promptTokens)) : room
  }

  #ask(
    tool: string,
    args: JsonObject,
    signal: AbortSignal,
    events: AskOptions['events'],
  ): Promise<JsonObject> {
    return ask(this.#models.callServer, this.#candidate.where, tool, args, {
      call: this.#call,
      signal,
      deadline: this.#call.deadline,
      trace: this.#trace,
      ...(events ? { events } : {}),
    })
  }
}

/** What was wanted as base64 and came as numbers: the official client decodes it unseen. */
function withEncodedVectors(given: JsonObject): JsonObject {
  if (!Array.isArray(given.data)) return given
  const data = given.data.map((one) =>
    Array.isArray(one?.embedding)
      ? { ...one, embedding: Buffer.from(new Float32Array(one.embedding).buffer).toString('base64') }
      : one,
  )
  return { ...given, data }
}

const isCount = (value: unknown): value is number => isWhole(value, 0)
