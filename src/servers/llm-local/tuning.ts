/** How many threads, and layers on the GPU, are best on this machine: measured once, and kept. */

import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { mustReadFileSync } from '../../host/bounded-file.ts'
import { writeFileAtomic } from '../../host/write-file-atomic.ts'
import type { ModelDescription } from '../../models/describe.ts'
import type { Gpu } from '../../models/engine.ts'
import { fewestNearlyFastest } from '../../models/fewest.ts'
import { isRecord, isWhole } from '../../protocol/values.ts'

const MAX_BYTES = 1024 * 1024

const THREADS_FILE = 'threads.json'
const LAYERS_FILE = 'gpu-layers.json'
/** Models with their contexts whose layers are kept; the oldest are measured again. */
const MOST_MODELS = 64

/** What was measured of one model; another with as many bytes and layers is as fast. */
interface KeptLayers {
  bytes: number
  layers: number
  context: number
  gpuLayers: number
  tokensPerSecond: Readonly<Record<number, number>>
}

type PlacedModel = Pick<ModelDescription, 'bytes' | 'layers'>

export interface Tuning {
  /** The threads that were measured on this very machine; undefined if none were. */
  threads(): number | undefined
  /** Keeps a measurement: tokens a second by number of threads. */
  keepThreads(threads: number, tokensPerSecond: Readonly<Record<number, number>>): void
  /** The layers that were measured on this very GPU, with a context as long; undefined if none were. */
  gpuLayers(gpu: Gpu, model: PlacedModel, context: number): number | undefined
  /** Keeps a measurement, if it is one: tokens a second by number of layers. */
  keepGpuLayers(
    gpu: Gpu,
    model: PlacedModel,
    context: number,
    tokensPerSecond: Readonly<Record<number, number>>,
  ): void
}

/** What is kept in a folder. Without one, it is measured at each start. */
export function tuningIn(directory: string | undefined): Tuning {
  const layersKept = (gpu: Gpu): KeptLayers[] => {
    const models = read(LAYERS_FILE, graphics(gpu))?.models
    return Array.isArray(models) ? models.filter(isKeptLayers) : []
  }
  return {
    threads() {
      const threads = read(THREADS_FILE, processors())?.threads
      return isCount(threads) && threads > 0 ? threads : undefined
    },
    keepThreads: (threads, tokensPerSecond) =>
      write(THREADS_FILE, { machine: processors(), threads, tokensPerSecond }),
    gpuLayers: (gpu, model, context) => layersKept(gpu).find(isOf(model, context))?.gpuLayers,
    keepGpuLayers(gpu, { bytes, layers }, context, tokensPerSecond) {
      const gpuLayers = fewestNearlyFastest(tokensPerSecond)
      if (gpuLayers === undefined) return
      const others = layersKept(gpu).filter((kept) => !isOf({ bytes, layers }, context)(kept))
      const models = [...others, { bytes, layers, context, gpuLayers, tokensPerSecond }].slice(-MOST_MODELS)
      write(LAYERS_FILE, { machine: graphics(gpu), models })
    },
  }

  /** What is kept of a machine; undefined where there is nothing, or it is damaged or another machine's. */
  function read(name: string, machine: string): Record<string, unknown> | undefined {
    if (directory === undefined) return undefined
    try {
      const kept: unknown = JSON.parse(mustReadFileSync(join(directory, name), MAX_BYTES))
      return isRecord(kept) && kept.machine === machine ? kept : undefined
    } catch {
      return undefined
    }
  }

  function write(name: string, kept: object): void {
    if (directory === undefined) return
    writeFileAtomic(join(directory, name), `${JSON.stringify(kept, undefined, 2)}\n`, 0o600)
  }
}

const processors = () => `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} processors`

const graphics = ({ name, backend, totalBytes, build }: Gpu) =>
  `${name}, ${totalBytes} bytes, llama.cpp ${build} for ${backend}`

const isOf =
  ({ bytes, layers }: PlacedModel, context: number) =>
  (kept: KeptLayers) =>
    kept.bytes === bytes && kept.layers === layers && kept.context === context

const isKeptLayers = (value: unknown): value is KeptLayers =>
  isRecord(value) &&
  [value.bytes, value.layers, value.context, value.gpuLayers].every(isCount) &&
  isRecord(value.tokensPerSecond)

const isCount = (value: unknown): value is number => isWhole(value, 0)
