/** Loads llama.cpp and a model. */
import { availableParallelism } from 'node:os'
import { getLlama, type Llama, type LlamaModel } from 'node-llama-cpp'
import { BATCH_TOKENS, describeModel } from '../../../models/describe.ts'
import {
  EngineError,
  type Gpu,
  type GpuChoice,
  type Loaded,
  type LoadOptions,
} from '../../../models/engine.ts'
import { gpuBuilds } from '../../../models/gpu-builds.ts'
import { ChatModel } from './chat-model.ts'
import { EmbeddingModel } from './embedding-model.ts'
import { bestThreads, measureThreads, tokensPerSecond } from './threads.ts'

export interface LoadedModel {
  model: ChatModel | EmbeddingModel
  loaded: Loaded
  speed(threads: number): Promise<{ tokensPerSecond: number }>
}

/** Rejects with an EngineError where llama.cpp does not take the file. The memory was checked before. */
export async function load(llama: Llama, options: LoadOptions): Promise<LoadedModel> {
  const started = performance.now()
  try {
    const model = await llama.loadModel({
      modelPath: options.path,
      gpuLayers:
        typeof options.gpuLayers === 'number' ? options.gpuLayers : fitting(options.gpuLayers, options),
      // Whoever asks for the load has looked how much there is, within the limits of its unit.
      ignoreMemorySafetyChecks: true,
    })
    const measured = options.threads === undefined ? await measureThreads(model, availableParallelism()) : {}
    const threads = options.threads ?? bestThreads(measured)
    const opened = await open(model, options, threads)
    const loadMs = performance.now() - started
    return {
      model: opened,
      loaded: { threads, measured, gpuLayers: model.gpuLayers, loadMs },
      speed: async (threads) => ({ tokensPerSecond: await tokensPerSecond(model, threads) }),
    }
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError(
      'bad_model_file',
      `llama.cpp does not take this model file (${(cause as Error).message.slice(0, 200)}). Get it anew with "luca model pull", or choose another one.`,
      { cause },
    )
  }
}

/** As many layers as go to the GPU together with the context. */
const fitting = ({ atMost }: { atMost: number | undefined }, { context, kind }: LoadOptions) => ({
  fitContext: { contextSize: context, embeddingContext: kind === 'embedding' },
  ...(atMost === undefined ? {} : { max: atMost }),
})

/** The GPU that models will be loaded to; undefined where the processors do everything. */
export async function gpuOf(llama: Llama): Promise<Gpu | undefined> {
  if (llama.gpu === false || !llama.supportsGpuOffloading) return undefined
  const [names, { total, free }] = await Promise.all([llama.getGpuDeviceNames(), llama.getVramState()])
  if (total === 0) return undefined
  return {
    backend: llama.gpu,
    name: names.join(' + '),
    totalBytes: total,
    freeBytes: free,
    build: llama.llamaCppRelease.release,
  }
}

/**
 * Rejects with an EngineError where there is no such build of llama.cpp. One that is here and finds no driver of a card is
 * stood in for by that for the processors.
 */
export async function openLlama(gpu: GpuChoice): Promise<Llama> {
  try {
    return await llamaFor(gpu)
  } catch (cause) {
    if (gpuBuilds(import.meta.dirname).some(({ backend }) => backend === gpu)) return llamaFor('off')
    throw new EngineError(
      'invalid_request',
      gpu === 'off' || gpu === 'auto'
        ? 'llama.cpp could not be loaded on this machine; "luca doctor" may know more.'
        : `There is no build of llama.cpp for ${gpu} here; "make native LLAMA=${gpu}" gets one. Until then, take "luca model settings --gpu auto".`,
      { cause },
    )
  }
}

const llamaFor = (gpu: GpuChoice): Promise<Llama> =>
  getLlama({
    gpu: gpu === 'off' ? false : gpu,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    maxThreads: 0,
  })

async function open(
  model: LlamaModel,
  options: LoadOptions,
  threads: number,
): Promise<ChatModel | EmbeddingModel> {
  const { context: contextSize, kind, path } = options
  const common = {
    contextSize,
    batchSize: Math.min(BATCH_TOKENS, contextSize),
    ignoreMemorySafetyChecks: true,
  }
  if (kind === 'embedding')
    // A text is worked on in one go.
    return new EmbeddingModel(
      await model.createEmbeddingContext({ ...common, batchSize: contextSize, threads }),
      contextSize,
    )
  const context = await model.createContext({ ...common, threads: { ideal: threads, min: threads } })
  return new ChatModel(model, context.getSequence(), describeModel(path).template)
}
