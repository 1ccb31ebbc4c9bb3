/** What a model is and needs, after its file. */
import { GgufError, type GgufHead, readGguf } from './gguf.ts'

export type ModelKind = 'chat' | 'embedding'

export interface ModelDescription {
  kind: ModelKind
  architecture: string
  /** The name that its makers gave it, and their licence, where the file says so. */
  title: string | undefined
  licence: string | undefined
  /** The context that it was trained for, in tokens. */
  trainedContext: number
  /** Its own chat template, in Jinja; undefined where there is none. */
  template: string | undefined
  layers: number
  vocabulary: number
  /** What a token of the context takes, in bytes. */
  contextBytesPerToken: number
  /** What a batch of the prompt takes while it is worked on, in bytes. */
  batchBytes: number
  bytes: number
}

/** Tokens of a prompt that are worked on at once; what llama.cpp allocates for it grows with this. */
export const BATCH_TOKENS = 512
/** Measured is what is at least so large: a smaller one is fastest with one thread on any machine, and tells nothing. */
export const MEANINGFUL_BYTES = 64 * 1024 * 1024
/** Bytes of the numbers in which the context is kept (16 bits). */
const CONTEXT_VALUE_BYTES = 2
/** What the process takes besides the model: Node and the code of llama.cpp. */
const PROCESS_BYTES = 150 * 1024 * 1024
/** `<architecture>.pooling_type` of a model that gives no embeddings, and of one that ranks. */
const POOLING_NONE = 0
const POOLING_RANK = 4

/** Describes the model in a file. Throws a GgufError where that is no whole model. */
export const describeModel = (path: string): ModelDescription => describeHead(readGguf(path))

export function describeHead({ metadata, bytes }: GgufHead): ModelDescription {
  const text = (key: string) => {
    const value = metadata.get(key)
    if (typeof value === 'object' && value.numbers === undefined)
      throw new GgufError(`its "${key}" is no text of a usual length`)
    return typeof value === 'string' ? value : undefined
  }
  const architecture = text('general.architecture')
  if (architecture === undefined) throw new GgufError('it does not say which architecture it is')
  /** A positive whole number; the largest, where it differs between layers. */
  const count = (name: string) => {
    const value = metadata.get(`${architecture}.${name}`)
    const found = typeof value === 'object' ? Math.max(...(value.numbers ?? [])) : value
    return typeof found === 'number' && Number.isSafeInteger(found) && found > 0 ? found : undefined
  }
  const required = (name: string) => {
    const value = count(name)
    if (value === undefined)
      throw new GgufError(`its "${architecture}.${name}" is missing or no positive number`)
    return value
  }
  const tokens = metadata.get('tokenizer.ggml.tokens')
  if (typeof tokens !== 'object' || tokens.length === 0) throw new GgufError('it has no vocabulary')
  const layers = required('block_count')
  const width = required('embedding_length')
  const heads = count('attention.head_count') ?? 1
  const headWidth = width / heads
  const keptHeads = count('attention.head_count_kv') ?? heads
  const perHead =
    (count('attention.key_length') ?? headWidth) + (count('attention.value_length') ?? headWidth)
  const pooling = metadata.get(`${architecture}.pooling_type`)
  const embeds =
    architecture.includes('bert') ||
    (typeof pooling === 'number' && pooling !== POOLING_NONE && pooling !== POOLING_RANK)
  return {
    kind: embeds ? 'embedding' : 'chat',
    architecture,
    title: text('general.name'),
    licence: text('general.license'),
    trainedContext: required('context_length'),
    template: text('tokenizer.chat_template'),
    layers,
    vocabulary: tokens.length,
    contextBytesPerToken: layers * keptHeads * perHead * CONTEXT_VALUE_BYTES,
    batchBytes:
      BATCH_TOKENS * (tokens.length + 2 * (count('feed_forward_length') ?? 4 * width) + 8 * width) * 4,
    bytes,
  }
}

/** How much memory a model takes with a context of so many tokens, in bytes. An estimate on the safe side. */
export const memoryNeeded = (model: ModelDescription, context: number): number =>
  model.bytes + PROCESS_BYTES + model.batchBytes + context * model.contextBytesPerToken

/**
 * What a model takes of a GPU's memory with a context of so many tokens, in bytes: each of `layers` equal parts, and
 * what is needed besides them. An estimate; what the driver takes is not in it.
 */
export const memoryOnGpu = (model: ModelDescription, context: number, layers: number) => ({
  perLayer: (model.bytes + context * model.contextBytesPerToken) / layers,
  besides: model.batchBytes,
})
