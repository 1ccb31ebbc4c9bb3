/** What was chosen for models: which one is used, and with what. Kept as JSON in their folder. */
import { isRecord, isWhole } from '../protocol/values.ts'
import type { ModelKind } from './describe.ts'
import type { GpuChoice } from './engine.ts'

export interface ModelSettings {
  /** The ids of the models that are used where none is named. */
  default: Partial<Record<ModelKind, string>>
  /** Threads to compute with; measured if undefined. */
  threads?: number
  gpu: GpuChoice
  /** Layers of the model that go to the GPU; as many as fit if undefined. */
  gpuLayers?: number
  /** The length of the context, in tokens. */
  context?: number
  /** The most memory that models may take, in MB (1000 * 1000 bytes); what is free if undefined. */
  memoryMb?: number
}

export const GPU_CHOICES: readonly GpuChoice[] = ['auto', 'cuda', 'vulkan', 'off']
const NUMBERS = { threads: 1024, gpuLayers: 10_000, context: 10_000_000, memoryMb: 100_000_000 } as const

/** Reads settings; of a file that is not there, the usual ones. Throws an Error that names what is wrong with it. */
export function parseSettings(text: string | undefined, path: string): ModelSettings {
  if (text === undefined) return { default: {}, gpu: 'auto' }
  const faulty = (what: string) => new Error(`${path} ${what}; correct it, or remove it to go on without.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw faulty('is no JSON')
  }
  if (!isRecord(value)) throw faulty('is no object')
  const { default: chosen = {}, gpu = 'auto', ...numbers } = value
  if (!isRecord(chosen) || !Object.values(chosen).every((id) => typeof id === 'string'))
    throw faulty('has a "default" that is not {"chat": …, "embedding": …}')
  if (!GPU_CHOICES.includes(gpu as GpuChoice))
    throw faulty(`has a "gpu" that is none of ${GPU_CHOICES.join(', ')}`)
  for (const [key, number] of Object.entries(numbers)) {
    const most = Object.hasOwn(NUMBERS, key) ? NUMBERS[key as keyof typeof NUMBERS] : undefined
    if (most === undefined) throw faulty(`has an unknown setting "${key}"`)
    const least = key === 'gpuLayers' ? 0 : 1
    if (!isWhole(number, least, most))
      throw faulty(`has a "${key}" that is no number from ${least} to ${most}`)
  }
  return { ...(numbers as Omit<ModelSettings, 'default' | 'gpu'>), default: chosen, gpu: gpu as GpuChoice }
}
