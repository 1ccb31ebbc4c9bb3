/** How many layers of a model are best on the GPU: which numbers are tried, and what is made of their speeds. */
import { type ModelDescription, memoryOnGpu } from './describe.ts'
import { fewestNearlyFastest } from './fewest.ts'

/** llama.cpp counts what makes words of the last layer's numbers as a layer of its own. */
const OUTPUT_LAYERS = 1
/** Parts of what fits that are tried. */
const PARTS = [0, 1 / 4, 1 / 2, 3 / 4, 1]

/** What a model does with some layers on the GPU and the others on the processors. */
export interface Trial {
  tokensPerSecond: number
  threads: number
  /** Tokens a second by number of threads, where that was measured. */
  byThreads: Record<number, number>
}

/**
 * Has a model run with so many layers on the GPU, and so many threads, which are measured if undefined. Resolves with
 * undefined where it can't: mostly since that is more than the GPU's memory takes.
 */
export type TryLayers = (gpuLayers: number, threads: number | undefined) => Promise<Trial | undefined>

export interface LayerSpeeds {
  /** The best; undefined where nothing could be measured. */
  gpuLayers: number | undefined
  threads: number | undefined
  /** Tokens a second by number of layers on the GPU. */
  byLayers: Record<number, number>
  byThreads: Record<number, number>
}

/** The numbers worth trying where so many bytes of the GPU's memory are free: none, all that fit, and quarters of these. */
export function layerCandidates(model: ModelDescription, context: number, freeBytes: number): number[] {
  const all = model.layers + OUTPUT_LAYERS
  const { perLayer, besides } = memoryOnGpu(model, context, all)
  const most = Math.max(0, Math.min(all, Math.floor((freeBytes - besides) / perLayer)))
  return [...new Set(PARTS.map((part) => Math.floor(most * part)))]
}

/**
 * Measures the candidates in rising order, up to one that does not fit. Of those that are nearly as fast as the fastest
 * the one with the fewest layers is the best, since it leaves memory to others. Threads are measured, unless they are
 * given, with no layer on the GPU: what is good there is good wherever processors have much to do.
 */
export async function measureLayers(
  candidates: readonly number[],
  threads: number | undefined,
  tryLayers: TryLayers,
): Promise<LayerSpeeds> {
  const speeds: LayerSpeeds = { gpuLayers: undefined, threads, byLayers: {}, byThreads: {} }
  for (const layers of candidates) {
    const tried = await tryLayers(layers, speeds.threads)
    if (!tried) break
    speeds.byLayers[layers] = tried.tokensPerSecond
    if (layers > 0 || threads !== undefined) continue
    speeds.threads = tried.threads
    speeds.byThreads = tried.byThreads
  }
  speeds.gpuLayers = fewestNearlyFastest(speeds.byLayers)
  return speeds
}
