/** Starts a process that holds a model, with as many threads and layers on the GPU as are best. */
import { MEANINGFUL_BYTES } from './describe.ts'
import { EngineError, type Gpu, type GpuChoice, type Loaded } from './engine.ts'
import type { UsableModel } from './folder.ts'
import { type LayerSpeeds, layerCandidates, measureLayers, type Trial } from './gpu-layers.ts'
import { WorkerProcess } from './worker-process.ts'

export interface StartOptions {
  /** That of servers/llm-local/worker. */
  program: string
  model: UsableModel
  /** In tokens. */
  context: number
  gpu: GpuChoice
  /** What was chosen, or measured before; measured now if undefined. */
  threads: number | undefined
  gpuLayers: number | undefined
  /** What was measured before on this very GPU. */
  layersKept(gpu: Gpu): number | undefined
}

export interface Started {
  worker: WorkerProcess
  loaded: Loaded
  gpu: Gpu | undefined
  /** Tokens a second by number of layers on the GPU, where that was measured. */
  byLayers: Record<number, number>
}

/** Rejects with an EngineError; no process is left then. */
export async function startModel(options: StartOptions): Promise<Started> {
  const { worker, gpu } = await WorkerProcess.start(options.program, options.gpu)
  try {
    const { threads, byThreads, byLayers, gpuLayers } = await tuned(options, gpu)
    const loaded = await worker.load({ ...loadOptions(options), threads, gpuLayers })
    return { worker, gpu, byLayers, loaded: { ...loaded, measured: { ...loaded.measured, ...byThreads } } }
  } catch (error) {
    await worker.kill()
    throw error
  }
}

const loadOptions = ({ model, context }: StartOptions) => ({
  path: model.path,
  kind: model.description.kind,
  context,
})

type Tuned = Omit<LayerSpeeds, 'gpuLayers'> & { gpuLayers: number | { atMost: number | undefined } }

async function tuned(options: StartOptions, gpu: Gpu | undefined): Promise<Tuned> {
  const { model, context, threads, gpuLayers } = options
  const untuned = { threads, byThreads: {}, byLayers: {} }
  if (gpu === undefined) return { ...untuned, gpuLayers: 0 }
  const kept = gpuLayers === undefined ? options.layersKept(gpu) : undefined
  const known = gpuLayers ?? kept
  // What else is on the GPU by now may leave less than there was when it was measured.
  const asKnown = gpuLayers ?? { atMost: kept }
  const tells = model.description.kind === 'chat' && model.bytes >= MEANINGFUL_BYTES
  if (!tells || (known !== undefined && threads !== undefined)) return { ...untuned, gpuLayers: asKnown }
  // Where only the threads are not known, nothing is tried on the GPU.
  const candidates = known === undefined ? layerCandidates(model.description, context, gpu.freeBytes) : [0]
  const { gpuLayers: best, ...speeds } = await measureLayers(candidates, threads, (layers, now) =>
    tryLayers(options, layers, now),
  )
  return known === undefined
    ? { ...speeds, gpuLayers: { atMost: best } }
    : { ...speeds, byLayers: {}, gpuLayers: asKnown }
}

/** In a process of its own: too much for a GPU can end it. */
async function tryLayers(
  options: StartOptions,
  gpuLayers: number,
  chosen: number | undefined,
): Promise<Trial | undefined> {
  let worker: WorkerProcess | undefined
  try {
    ;({ worker } = await WorkerProcess.start(options.program, options.gpu))
    const loaded = await worker.load({ ...loadOptions(options), threads: chosen, gpuLayers })
    const { threads, measured: byThreads } = loaded
    const { tokensPerSecond } = await worker.request('speed', { threads })
    return { tokensPerSecond, threads, byThreads }
  } catch (error) {
    if (error instanceof EngineError) return undefined
    throw error
  } finally {
    await worker?.kill()
  }
}
