/** Requests to providers: whom a name stands for, its key, its time limits, and how its answers are read. */
import { setTimeout as pause } from 'node:timers/promises'
import OpenAI from 'openai'
import { findModel, LOCAL, type ModelAliases, type ModelProvider } from '../../protocol/model-aliases.ts'
import { late, ProviderFailure, toFailure, tooLong } from './failure.ts'
import { Inflow } from './inflow.ts'
import { type Pauses, withRetries } from './retries.ts'

export type Body = Record<string, unknown>

/** A piece of a streamed answer, as the provider sent it. */
export type Chunk = Record<string, unknown>

/** Told when a pause before a repetition begins, and when it has ended. */
export type OnPause = (isPausing: boolean) => void

export interface Target {
  provider: ModelProvider
  /** What the provider calls the model. */
  modelName: string
}

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
  pauses?: Pauses
}

const PAUSES: Pauses = {
  async wait(ms, signal) {
    await pause(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
  },
  random: Math.random,
}

export function createProviders({
  aliases: readAliases,
  keyOf,
  pauses = PAUSES,
}: ProvidersOptions): Providers {
  return {
    async find(name) {
      const aliases = await readAliases()
      const model = typeof name === 'string' ? findModel(aliases, name) : undefined
      const provider = model && aliases.providers.get(model.provider)
      if (!model || !provider || provider.name === LOCAL)
        throw new ProviderFailure('unknown_model', `"${String(name).slice(0, 100)}" is no model elsewhere.`)
      return { provider, modelName: model.modelName }
    },
    async ask({ provider, modelName }, path, body, signal, onPause) {
      const { client, key } = await open(provider)
      return retried(provider, signal, onPause, async () => {
        try {
          const answer: unknown = await client.post(path, { body: { ...body, model: modelName }, signal })
          return asBody(answer, provider)
        } catch (error) {
          throw toFailure(error, provider, key)
        }
      })
    },
    async stream({ provider, modelName }, path, body, signal, onChunk, onPause) {
      const { client, key, inflow } = await open(provider)
      let begun = false
      await retried(provider, signal, onPause, async () => {
        const watch = watchFor(provider, signal)
        try {
          const chunks = (await client.post(path, {
            body: { ...body, model: modelName, stream: true, stream_options: { include_usage: true } },
            stream: true,
            signal: watch.signal,
          })) as AsyncIterable<unknown>
          let finished = false
          for await (const given of chunks) {
            watch.heard()
            inflow.passedOn()
            const chunk = asBody(given, provider)
            begun = true
            finished ||= hasFinished(chunk)
            await onChunk(chunk)
          }
          // The client ends an aborted stream as if it had been whole.
          watch.signal.throwIfAborted()
          if (!finished) throw endedHalfWay(provider)
        } catch (error) {
          const failure = watch.wasLate ? late(provider) : toFailure(error, provider, key)
          // What its reader has seen can't be taken back.
          throw begun ? new ProviderFailure('broken_answer', failure.message) : failure
        } finally {
          watch.end()
        }
      })
    },
  }

  async function open(
    provider: ModelProvider,
  ): Promise<{ client: OpenAI; key: string | undefined; inflow: Inflow }> {
    const key = await keyOf(provider.secret)
    const inflow = new Inflow(() => tooLong(provider))
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
      fetch: inflow.fetch,
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
      await pauses.wait(ms, until)
      onPause(false)
    }
    return withRetries(retries, signal, { ...pauses, wait }, attempt)
  }
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

function asBody(value: unknown, { name }: ModelProvider): Body {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body
  throw new ProviderFailure('broken_answer', `The provider "${name}" sent something that is no answer.`)
}

const endedHalfWay = ({ name }: ModelProvider) =>
  new ProviderFailure('broken_answer', `The provider "${name}" ended its answer half-way.`)

function hasFinished({ choices }: Chunk): boolean {
  return Array.isArray(choices) && choices.some((choice) => choice?.finish_reason)
}
