/** One request's way to a model and back: which models are tried, what it may take, and what is told meanwhile. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { ModelAliases } from '../../protocol/model-aliases.ts'
import { isRecord } from '../../protocol/values.ts'
import type { CallTrace, ConsentedCall, LlmGrant } from '../call.ts'
import { type Candidate, candidates } from './choice.ts'
import { answerText, asPiece, chunkMaker, textOf } from './chunks.ts'
import { estimatePrompt, estimateText } from './estimate.ts'
import { ModelFailure, noModel } from './failure.ts'
import { type AskOptions, ask, type CallServer } from './model-server.ts'
import type { Fields, ModelRequest } from './request.ts'
import type { Charge, TokenUsage } from './token-usage.ts'

export interface Models {
  aliases: ModelAliases
  callServer: CallServer
  usage: TokenUsage
  /** Told of a model that another one stands in for. */
  onFallback(from: string, to: string, failure: ModelFailure): void
}

/** What is told while a model answers. */
export interface Listener {
  /** A chunk in OpenAI's shape. */
  chunk(chunk: Fields): void
  /** The request waits for others, so many of them before it. */
  queued(position: number): void
}

/** What a model of this machine is told. Clients say much more, which only their makers' servers know. */
const LOCAL_FIELDS = [
  ...['messages', 'prompt', 'input', 'tools', 'tool_choice', 'response_format', 'grammar', 'temperature'],
  ...['top_p', 'seed', 'stop', 'frequency_penalty', 'presence_penalty', 'context_overflow'],
]
/** The gateway's own words, which no provider knows. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['grammar', 'context_overflow'])

/** The whole answer, in OpenAI's shape. Throws RpcError, or the reason of the call's signal. */
export async function answer(
  models: Models,
  call: ConsentedCall,
  trace: CallTrace,
  request: ModelRequest,
  listener: Listener | undefined,
): Promise<Fields> {
  const llm = call.grant.llm
  if (!llm)
    throw new RpcError('FORBIDDEN', `The tier ${call.grant.tier} does not include language models.`, {
      data: { tier: call.grant.tier },
    })
  const deadline = performance.now() + call.timeoutMs
  let failure = noModel()
  let failed: Candidate | undefined
  for (const candidate of candidates(request.wish, models.aliases, llm)) {
    if (candidate.onlyWithout && failure.code !== 'no_model') continue
    if (failed) models.onFallback(failed.name, candidate.name, failure)
    const attempt = new Attempt(models, call, trace, request, candidate, deadline)
    try {
      return await attempt.run(llm, listener)
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error
      if (!error.passesOn || attempt.hasTold) throw error.toRpcError()
      // What is known of the model that was asked for says more than that nothing else is there.
      if (!failed || error.code !== 'no_model') failure = error
      failed = candidate
    }
  }
  throw explained(failure, request, models).toRpcError()
}

/** Names what there is to who asked for a model that is not there. */
function explained(failure: ModelFailure, { wish }: ModelRequest, { aliases }: Models): ModelFailure {
  const named = [...aliases.aliases.keys()]
  const isUnknown = failure.code === 'unknown_model' || (failure.code === 'no_model' && named.length > 0)
  if (wish.model === undefined || !isUnknown || aliases.aliases.has(wish.model)) return failure
  const here = failure.code === 'unknown_model' ? `${failure.message} ` : ''
  const elsewhere = named.length > 0 ? `models.yaml names ${named.join(', ')}.` : 'models.yaml names none.'
  return new ModelFailure(
    'unknown_model',
    `There is no model "${wish.model.slice(0, 100)}". ${here}${elsewhere}`,
    { details: failure.details },
  )
}

class Attempt {
  readonly #models: Models
  readonly #call: ConsentedCall
  readonly #trace: CallTrace
  readonly #request: ModelRequest
  readonly #candidate: Candidate
  readonly #deadline: number
  /** Whether its caller has seen some of the answer. */
  hasTold = false

  constructor(
    models: Models,
    call: ConsentedCall,
    trace: CallTrace,
    request: ModelRequest,
    candidate: Candidate,
    deadline: number,
  ) {
    this.#models = models
    this.#call = call
    this.#trace = trace
    this.#request = request
    this.#candidate = candidate
    this.#deadline = deadline
  }

  async run(llm: LlmGrant, listener: Listener | undefined): Promise<Fields> {
    const { usage } = this.#models
    const { task, maxTokens, stream, streamUsage } = this.#request
    const { where, name } = this.#candidate
    const { principal, grant } = this.#call
    const isLimited = llm.tokensPerRequest !== undefined || llm.tokensPerDay !== undefined
    const promptTokens = await this.#countPrompt(isLimited)
    const charge = usage.begin(principal.id, grant, promptTokens, maxTokens)
    const chunks = chunkMaker(task, name)
    const cut = new AbortController()
    // Pieces are also needed where nobody listens, to stop what takes more than it may.
    const inPieces = task !== 'embed' && (stream || isLimited)

    let hasCome = false
    const onProgress = (told: Fields) => {
      const piece = asPiece(told)
      if (!piece) return void tellPlace(told, listener)
      hasCome = true
      try {
        charge.add(textOf(piece))
      } catch (error) {
        return cut.abort(error)
      }
      if (cut.signal.aborted || !stream) return
      this.hasTold = true
      listener?.chunk(chunks.of(piece))
    }
    try {
      const args = this.#args(charge.maxTokens, inPieces)
      const signal = AbortSignal.any([this.#call.signal, cut.signal])
      const given = await this.#ask(task, args, signal, inPieces ? onProgress : undefined)
      const told = this.#settled(given, charge, inPieces)
      if (stream && listener) {
        this.hasTold = true
        for (const chunk of chunks.rest(told)) listener.chunk(chunk)
        if (streamUsage) listener.chunk(chunks.usage(told.usage as Fields))
      }
      return where === 'remote' || this.#request.wish.model !== undefined ? { ...told, model: name } : told
    } catch (error) {
      // What never reached a model, or failed there before it began, is not charged.
      const isVain = error instanceof ModelFailure && !hasCome
      const spent = charge.settle(isVain ? { promptTokens: 0, completionTokens: 0 } : {})
      if (!isVain) this.#trace.llm = { model: name, ...spent }
      throw error
    }
  }

  /** With the usage that is believed, which is also what is charged. */
  #settled(given: Fields, charge: Charge, inPieces: boolean): Fields {
    const said = isRecord(given.usage) ? given.usage : {}
    const { prompt_tokens: promptTokensSaid, completion_tokens: completionSaid } = said
    // Who streams has been counted, piece by piece.
    const guess = inPieces ? undefined : estimateText(answerText(given))
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

  #ask(
    tool: string,
    args: Fields,
    signal: AbortSignal,
    onProgress: AskOptions['onProgress'],
  ): Promise<Fields> {
    return ask(this.#models.callServer, this.#candidate.where, tool, args, {
      call: this.#call,
      signal,
      deadline: this.#deadline,
      trace: this.#trace,
      ...(onProgress ? { onProgress } : {}),
    })
  }

  #args(maxTokens: number | undefined, inPieces: boolean): Fields {
    const { task, body } = this.#request
    const { where, provider, model } = this.#candidate
    if (where === 'local') {
      const known = Object.entries(body).filter(
        ([key, value]) => LOCAL_FIELDS.includes(key) && value !== null,
      )
      const limit = task === 'embed' || maxTokens === undefined ? {} : { max_tokens: maxTokens }
      return { ...Object.fromEntries(known), ...(model === undefined ? {} : { model }), ...limit }
    }
    const { max_tokens: _, max_completion_tokens: newer, ...rest } = body
    for (const key of OWN_FIELDS) delete rest[key]
    // OpenAI's newer models refuse the older name, and other servers do not know the newer one.
    const limitName = newer !== undefined || provider === 'openai' ? 'max_completion_tokens' : 'max_tokens'
    const limit = task === 'embed' || maxTokens === undefined ? {} : { [limitName]: maxTokens }
    return { ...rest, ...limit, model, ...(inPieces ? { stream: true } : {}) }
  }
}

/** What was wanted as base64 and came as numbers: the official client decodes it unseen. */
function withEncodedVectors(given: Fields): Fields {
  if (!Array.isArray(given.data)) return given
  const data = given.data.map((one) =>
    Array.isArray(one?.embedding)
      ? { ...one, embedding: Buffer.from(new Float32Array(one.embedding).buffer).toString('base64') }
      : one,
  )
  return { ...given, data }
}

function tellPlace({ queued }: Fields, listener: Listener | undefined): void {
  if (isRecord(queued) && isCount(queued.position)) listener?.queued(queued.position)
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** What an error says to who reads a stream. */
export const toldInStream = ({ message, data }: RpcError): Fields => ({
  error: { message, ...(isRecord(data) ? data : {}) },
})
