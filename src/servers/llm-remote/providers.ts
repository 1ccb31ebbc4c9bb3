/** Requests to providers: whom a name stands for, its key, its time limits, and how its answers are read. */
import OpenAI from 'openai'
import { findModel, LOCAL, type ModelAliases, type ModelProvider } from '../../contracts/model-aliases.ts'
import type { Clock } from '../../protocol/define.ts'
import { inWords, isRecord } from '../../protocol/values.ts'
import { assemble } from './assemble.ts'
import { Dialects } from './dialects.ts'
import type { Body, Chunk, Target } from './exchange.ts'
import { late, ProviderFailure, toFailure, toldFailure, tooLong } from './failure.ts'
import { type Fetch, Inflow } from './inflow.ts'
import { asChunk, errorIn, partsOf, refusalIn } from './reading.ts'
import { type Pauses, withRetries } from './retries.ts'
import { createWaysOut } from './ways-out.ts'

/** Called when a pause before a repetition begins, and when it has ended. */
export type OnPause = (isPausing: boolean) => void

export interface Providers {
  /** Throws a ProviderFailure for a name that stands for none of the models elsewhere. */
  find(name: unknown): Promise<Target>
  /**
   * Sends a request and gives its answer; `path` is below the provider's address. Throws a ProviderFailure, or the
   * signal's reason.
   */
  ask(target: Target, path: string, body: Body, signal: AbortSignal, onPause?: OnPause): Promise<Body>
  /** As `ask`, for an answer in pieces; the next is asked for once `onChunk` is done. What was begun is not repeated. */
  stream(
    target: Target,
    path: string,
    body: Body,
    signal: AbortSignal,
    onChunk: (chunk: Chunk) => void | Promise<void>,
    onPause?: OnPause,
  ): Promise<void>
}

export interface ProvidersOptions {
  /** What models.yaml says now. Throws an error with a sentence for people where it can't be used. */
  aliases(): Promise<ModelAliases>
  /** The key that a secret holds; undefined where there is none. */
  keyOf(secret: string): Promise<string | undefined>
  clock: Pick<Clock, 'wait'>
}

export function createProviders({ aliases: readAliases, keyOf, clock }: ProvidersOptions): Providers {
  const dialects = new Dialects()
  const waysOut = createWaysOut()
  return {
    async find(name) {
      const aliases = await readAliases()
      const model = typeof name === 'string' ? findModel(aliases, name) : undefined
      const provider = model && aliases.providers.get(model.provider)
      if (!model || !provider || provider.name === LOCAL)
        throw new ProviderFailure('unknown_model', `"${inWords(name).slice(0, 100)}" is no model elsewhere.`)
      return { provider, modelName: model.modelName }
    },
    async ask(target, path, body, signal, onPause) {
      const opened = await open(target.provider)
      return retried(target.provider, signal, onPause, async () => {
        const pieces = assemble(path)
        let whole: Body | undefined
        await exchange(target, path, body, false, signal, opened, ({ value, isWhole }) => {
          if (HOLDS[path] !== 'choices') whole = value
          // Some send pieces though they were not asked for them.
          else pieces.add(isWhole ? asChunk(value) : value)
        })
        return whole ?? pieces.result()
      })
    },
    async stream(target, path, body, signal, onChunk, onPause) {
      const opened = await open(target.provider)
      let begun = false
      await retried(target.provider, signal, onPause, async () => {
        try {
          await exchange(target, path, body, true, signal, opened, ({ value, isWhole }) => {
            begun = true
            return onChunk(isWhole ? asChunk(value) : value)
          })
        } catch (error) {
          // What its reader has seen can't be taken back.
          if (begun && error instanceof ProviderFailure)
            throw new ProviderFailure('broken_answer', error.message)
          throw error
        }
      })
    },
  }

  /** Sends a request and reads its answer, once more for each thing that the provider turns out not to take. */
  async function exchange(
    target: Target,
    path: string,
    body: Body,
    inPieces: boolean,
    signal: AbortSignal,
    opened: Opened,
    onPart: (part: AnswerPart) => void | Promise<void>,
  ): Promise<void> {
    for (;;) {
      const sent = dialects.bodyFor(target, path, body, inPieces)
      try {
        return await exchangeOnce(target.provider, path, sent, signal, opened, onPart)
      } catch (error) {
        if (!(error instanceof ProviderFailure) || !dialects.learn(target, path, sent, error)) throw error
      }
    }
  }

  async function exchangeOnce(
    provider: ModelProvider,
    path: string,
    body: Body,
    signal: AbortSignal,
    { client, key, inflow }: Opened,
    onPart: (part: AnswerPart) => void | Promise<void>,
  ): Promise<void> {
    const watch = watchFor(provider, signal)
    let parts: ReturnType<typeof partsOf> | undefined
    try {
      const response = await client.post(path, { body, signal: watch.signal }).asResponse()
      parts = partsOf(response, watch.heard)
      let finished = false
      for (;;) {
        const { done, value: part } = await parts.next()
        if (done) {
          finished ||= part
          break
        }
        inflow.passedOn()
        const said = errorIn(part.value)
        if (said) throw toldFailure(said, provider, key)
        const value = asBody(part.value, provider)
        if (part.isWhole && !isFilled(value[HOLDS[path] ?? ''])) throw noAnswer(provider)
        finished ||= part.isWhole || hasFinished(value)
        await onPart({ value, isWhole: part.isWhole })
      }
      // A stream that was given up may end as if it had been whole.
      watch.signal.throwIfAborted()
      if (!finished) throw endedHalfWay(provider)
    } catch (error) {
      signal.throwIfAborted()
      throw watch.wasLate ? late(provider) : toFailure(error, provider, key)
    } finally {
      watch.end()
      // What is given up half way is not read on behind its back.
      parts?.return(false).catch(() => {})
    }
  }

  async function open(provider: ModelProvider): Promise<Opened> {
    const key = await keyOf(provider.secret)
    const inflow = new Inflow(waysOut(provider), () => tooLong(provider))
    const client = new OpenAI({
      baseURL: provider.baseUrl as string,
      // The client will not do without a key; the header that it makes of it is taken out again.
      apiKey: key ?? 'none',
      ...(key === undefined ? { defaultHeaders: { authorization: null } } : {}),
      organization: null,
      project: null,
      timeout: provider.timeoutMs,
      // Retries are ours: a pause that a provider asks for is kept whatever its length.
      maxRetries: 0,
      logLevel: 'off',
      // Where else a provider points to was not agreed on, and must not see the key.
      fetchOptions: { redirect: 'error' },
      fetch: (input, init) => inOneShape(inflow.fetch)(urlOf(input), init),
    })
    return { client, key, inflow }
  }

  async function retried<T>(
    { retries }: ModelProvider,
    signal: AbortSignal,
    onPause: OnPause = () => {},
    attempt: () => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted()
    const wait: Pauses['wait'] = async (ms, until) => {
      onPause(true)
      await clock.wait(ms, until)
      onPause(false)
    }
    return withRetries(retries, signal, { wait, random: Math.random }, attempt)
  }
}

interface Opened {
  client: OpenAI
  key: string | undefined
  inflow: Inflow
}

interface AnswerPart {
  value: Body
  /** Whether it is all of the answer. */
  isWhole: boolean
}

/** Where each kind of answer holds what was asked for. */
const HOLDS: Readonly<Record<string, string>> = {
  '/chat/completions': 'choices',
  '/completions': 'choices',
  '/embeddings': 'data',
}

function urlOf(input: string | URL | Request): string {
  if (typeof input === 'string') return input
  return input instanceof URL ? input.href : input.url
}

/** Refusals come in many shapes, of which the client reads one. */
const inOneShape =
  (send: Fetch): Fetch =>
  async (url, init) => {
    const response = await send(url, init)
    if (response.ok) return response
    const { status, headers } = response
    const error = refusalIn(await response.text().catch(() => ''))
    const said = { ...error, message: error.message || `HTTP ${status}` }
    const kept = ['retry-after', 'retry-after-ms'].flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value] as [string, string]]
    })
    return Response.json({ error: said }, { status, headers: kept })
  }

/** Gives a stream up when its caller does, or when nothing comes for too long. */
function watchFor({ timeoutMs }: ModelProvider, caller: AbortSignal) {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), timeoutMs)
  return {
    signal: AbortSignal.any([caller, silence.signal]),
    get wasLate() {
      return silence.signal.aborted && !caller.aborted
    },
    heard: () => void timer.refresh(),
    end: () => clearTimeout(timer),
  }
}

const isFilled = (list: unknown): boolean => Array.isArray(list) && list.length > 0

function asBody(value: unknown, { name }: Pick<ModelProvider, 'name'>): Body {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body
  throw noAnswer({ name })
}

const noAnswer = ({ name }: Pick<ModelProvider, 'name'>) =>
  new ProviderFailure('broken_answer', `The provider "${name}" sent something that is no answer.`)

const endedHalfWay = ({ name }: ModelProvider) =>
  new ProviderFailure('broken_answer', `The provider "${name}" ended its answer half-way.`)

/** The usage comes after the text. */
function hasFinished({ choices, usage }: Chunk): boolean {
  if (!Array.isArray(choices)) return false
  return choices.length === 0 ? isRecord(usage) : choices.some((choice) => choice?.finish_reason)
}
