/** `luca model bench`: how fast a model is on this machine, by the number of threads and of layers on the GPU. */
import { join } from 'node:path'
import { CliError } from '../../command/cli-error.ts'
import { findInstallation } from '../../command/installation.ts'
import { fitContext } from '../../models/context.ts'
import { EngineError } from '../../models/engine.ts'
import type { UsableModel } from '../../models/folder.ts'
import type { ModelSettings } from '../../models/settings.ts'
import { type Started, type StartOptions, startModel } from '../../models/start.ts'
import type { WorkerProcess } from '../../models/worker-process.ts'

/** How much is read, at most; the vocabulary decides how many words that are. */
const PROMPT_TOKENS = 1024
const ANSWER_TOKENS = 64
export const BENCH_CONTEXT = 2048

export interface ModelSpeed {
  loadMs: number
  gpu: string | null
  gpuLayers: number
  /** Tokens a second by number of layers on the GPU; empty without one, or where their number was chosen. */
  byLayers: Record<number, number>
  /** Tokens a second by number of threads; empty where the model is too small to tell. */
  byThreads: Record<number, number>
  threads: number
  promptTokensPerSecond: number
  tokensPerSecond: number
}

/** Throws a CliError where the model can't be loaded. */
export async function benchModel(
  model: UsableModel,
  { gpu, gpuLayers }: ModelSettings,
  signal: AbortSignal,
): Promise<ModelSpeed> {
  const { context } = fitContext(model.description, Number.POSITIVE_INFINITY, BENCH_CONTEXT)
  const program = join(findInstallation().programs, 'llm-worker.mjs')
  const started = await start({
    program,
    model,
    context,
    gpu,
    gpuLayers,
    threads: undefined,
    layersKept: () => undefined,
  })
  const { worker } = started
  const stop = () => void worker.kill()
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    return { ...summary(started), ...(await time(worker)) }
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await worker.kill()
  }
}

async function start(options: StartOptions) {
  try {
    return await startModel(options)
  } catch (cause) {
    if (cause instanceof EngineError) throw new CliError('failed', cause.message, { cause })
    throw cause
  }
}

const summary = ({ gpu, byLayers, loaded: { loadMs, gpuLayers, measured, threads } }: Started) => ({
  loadMs,
  gpu: gpu?.name ?? null,
  gpuLayers,
  byLayers,
  byThreads: measured,
  threads,
})

async function time(worker: WorkerProcess) {
  const prompt = await promptFor(worker)
  const sampling = { temperature: 0 }
  const started = performance.now()
  const { promptTokens } = await worker.request('complete', { prompt, max_tokens: 1, ...sampling })
  const read = performance.now()
  const { completionTokens } = await worker.request('complete', {
    prompt,
    max_tokens: ANSWER_TOKENS,
    ...sampling,
  })
  const done = performance.now()
  return {
    promptTokensPerSecond: (promptTokens * 1000) / (read - started),
    tokensPerSecond: (completionTokens * 1000) / (done - read),
  }
}

async function promptFor(worker: WorkerProcess): Promise<string> {
  for (let words = PROMPT_TOKENS; ; words = Math.floor(words / 2)) {
    const text = Array.from({ length: words }, (_, i) => `word${i}`).join(' ')
    if ((await worker.request('count', { text })).tokens <= PROMPT_TOKENS) return text
  }
}
