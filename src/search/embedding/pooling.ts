/** From what a model gives for each word to one vector of length 1. */
import type { Tensor } from 'onnxruntime-node'
import { EmbedderError } from './embedder.ts'
import type { ModelFolder, Pooling } from './model-folder.ts'

/**
 * The vectors of a batch: `[texts, dimensions]` as it is, or `[texts, words, dimensions]` put together without filler, which
 * `mask` tells. Throws an EmbedderError for any other shape, and for numbers that are none.
 */
export function pooled(
  { model, pooling }: Pick<ModelFolder, 'model' | 'pooling'>,
  output: Tensor | undefined,
  mask: BigInt64Array,
): Float32Array[] {
  const data = output && numbersOf(output)
  if (!data)
    throw new EmbedderError(
      `${model} gives ${output?.type ?? 'nothing'}; a model of meaning gives numbers of 32 or 16 bits.`,
    )
  const { dims } = output
  if (dims.length !== 2 && dims.length !== 3)
    throw new EmbedderError(
      `${model} gives a shape of ${dims.length} dimensions; a model of meaning has 2 or 3.`,
    )
  const [texts = 0, words = 1] = dims
  const dimensions = dims.at(-1) ?? 0
  return Array.from({ length: texts }, (_, row) => {
    const vector =
      dims.length === 2
        ? data.slice(row * dimensions, (row + 1) * dimensions)
        : join(pooling, data, mask, { row, words, dimensions })
    return normalised(vector, model)
  })
}

function numbersOf({ data }: Tensor): Float32Array | undefined {
  if (data instanceof Float32Array) return data
  return data instanceof Float16Array ? Float32Array.from(data) : undefined
}

function join(
  pooling: Pooling,
  data: Float32Array,
  mask: BigInt64Array,
  { row, words, dimensions }: { row: number; words: number; dimensions: number },
): Float32Array {
  const start = row * words * dimensions
  if (pooling === 'cls') return data.slice(start, start + dimensions)
  const vector = new Float32Array(dimensions).fill(pooling === 'max' ? Number.NEGATIVE_INFINITY : 0)
  for (let word = 0; word < words; word++) {
    if (mask[row * words + word] === 0n) continue
    const at = start + word * dimensions
    for (let i = 0; i < dimensions; i++) {
      const value = data[at + i] as number
      if (pooling === 'mean') vector[i] = (vector[i] as number) + value
      else if (value > (vector[i] as number)) vector[i] = value
    }
  }
  // The length of a sum says nothing once it is 1.
  return vector
}

function normalised(vector: Float32Array, model: string): Float32Array {
  let sum = 0
  for (const value of vector) sum += value * value
  const length = Math.sqrt(sum)
  if (!Number.isFinite(length))
    throw new EmbedderError(`${model} gives numbers that are none; its file may be damaged.`)
  return length === 0 ? vector : vector.map((value) => value / length)
}
