/** A model of meaning in a folder, run by onnxruntime on this machine's processor. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-node'
import { type Embedder, EmbedderError, type TextKind } from './embedder.ts'
import { type ModelFolder, readModelFolder } from './model-folder.ts'
import { pooled } from './pooling.ts'
import { loadRuntime, type Runtime } from './runtime.ts'

/** A batch has at most so many tokens, filler included: its memory grows with that, and so does the time that nothing else is done. */
const BATCH_TOKENS = 512
/**
 * Two threads take nearly twice the processor for a text: they wait for each other at each of its many small steps, spinning. Beside
 * other work they are even slower, and the calls of people need the other processor (`make bench` measures both).
 */
const DEFAULT_THREADS = 1
const MAX_DIMENSIONS = 4096
/** So much of a text is looked at for each token that fits: the rest is cut off all the same, and cutting takes time. */
const CHARACTERS_PER_TOKEN = 16
/** onnxruntime's own log: its errors are thrown, too. */
const LOG_FATAL = 4
/** Names under which models give one vector for the whole text. */
const READY_OUTPUTS = ['sentence_embedding', 'text_embeds', 'pooled_embedding']
const WORD_OUTPUTS = ['last_hidden_state', 'token_embeddings', 'hidden_states']
/** What models for other work give: how likely each class or word is. */
const LOGITS = 'logits'
const CHECK_TEXTS = ['A short text.', 'Another one, which is a little longer than the first.']

export interface OnnxOptions {
  /** How many threads compute; `DEFAULT_THREADS` without. */
  threads?: number
  /** Names the model where its files are known to be what they should be; else they are read for it. */
  id?: string
}

interface Encoded {
  /** Where it stands among the texts. */
  at: number
  ids: readonly number[]
}

interface Tokenizer {
  encode(text: string, options?: { add_special_tokens?: boolean }): { ids: number[] }
}

/**
 * Loads a model and tries it once. Rejects with an EmbedderError where it is damaged, of another kind, or without what it needs.
 */
export async function openOnnxEmbedder(
  folder: string,
  { threads = DEFAULT_THREADS, id }: OnnxOptions = {},
): Promise<Embedder> {
  const model = readModelFolder(folder)
  const [runtime, { Tokenizer }] = await Promise.all([loadRuntime(), import('@huggingface/tokenizers')])
  const tokenizer = tokenizerOf(model, Tokenizer)
  const [ownId, session] = await Promise.all([id ?? idOf(model), sessionOf(model, runtime, threads)])
  const embedder = new OnnxEmbedder(model, ownId, runtime, session, tokenizer)
  try {
    await embedder.check()
  } catch (error) {
    await embedder.close()
    throw error
  }
  return embedder
}

/** The id that the model of a folder would have, without running it. Throws an EmbedderError as opening does. */
export const identifyModel = async (folder: string): Promise<string> => await idOf(readModelFolder(folder))

class OnnxEmbedder implements Embedder {
  readonly id: string
  readonly name: string
  readonly maxTokens: number
  readonly folder: string
  dimensions = 0
  readonly #model: ModelFolder
  readonly #runtime: Runtime
  readonly #session: InferenceSession
  readonly #tokenizer: Tokenizer
  readonly #output: string

  constructor(
    model: ModelFolder,
    id: string,
    runtime: Runtime,
    session: InferenceSession,
    tokenizer: Tokenizer,
  ) {
    this.#model = model
    this.#runtime = runtime
    this.#session = session
    this.#tokenizer = tokenizer
    this.id = id
    this.name = model.folder.split('/').at(-1) ?? model.folder
    this.maxTokens = model.maxTokens
    this.folder = model.folder
    this.#output = outputOf(model, session)
  }

  countTokens(text: string): number {
    return this.#tokenizer.encode(text, { add_special_tokens: false }).ids.length
  }

  async embed(texts: readonly string[], kind: TextKind, signal?: AbortSignal): Promise<Float32Array[]> {
    const prefix = this.#model.prefix[kind]
    const encoded = texts.map((text, at) => ({
      at,
      ids: text.trim() === '' ? [] : this.#encode(prefix + text),
    }))
    const vectors = new Array<Float32Array>(texts.length)
    for (const { at, ids } of encoded) if (ids.length === 0) vectors[at] = new Float32Array(this.dimensions)
    for (const batch of batches(encoded.filter(({ ids }) => ids.length > 0))) {
      signal?.throwIfAborted()
      const made = await this.#run(batch)
      for (const [i, { at }] of batch.entries()) vectors[at] = made[i] as Float32Array
    }
    return vectors
  }

  /** Finds out how many dimensions it has, and whether it gives a vector that can be compared at all. */
  async check(): Promise<void> {
    const made = await this.#run(CHECK_TEXTS.map((text, at) => ({ at, ids: this.#encode(text) })))
    const [first, second] = made
    if (!first || !second || first.length !== second.length)
      throw new EmbedderError(
        `${this.#model.model} gives no vector for each text; it is not a model of meaning.`,
      )
    if (first.length > MAX_DIMENSIONS)
      throw new EmbedderError(
        `${this.#model.model} gives ${first.length} numbers for a text, and the most are ${MAX_DIMENSIONS}.`,
      )
    if (first.every((value, i) => value === second[i]))
      throw new EmbedderError(`${this.#model.model} gives the same vector for every text.`)
    this.dimensions = first.length
  }

  close(): Promise<void> {
    return this.#session.release()
  }

  /** The model's ids of a text, with what begins and ends it; the last one stays where it is cut. */
  #encode(text: string): readonly number[] {
    const { ids } = this.#tokenizer.encode(text.slice(0, this.maxTokens * CHARACTERS_PER_TOKEN))
    if (ids.length <= this.maxTokens) return ids
    const last = ids.at(-1)
    const cut = ids.slice(0, this.maxTokens)
    const hasEnd = last === this.#tokenizer.encode('').ids.at(-1)
    return hasEnd && last !== undefined ? [...cut.slice(0, -1), last] : cut
  }

  async #run(batch: readonly Encoded[]): Promise<Float32Array[]> {
    const { Tensor } = this.#runtime
    const length = Math.max(...batch.map(({ ids }) => ids.length))
    const shape = [batch.length, length]
    const ids = new BigInt64Array(batch.length * length).fill(BigInt(this.#model.padId))
    const mask = new BigInt64Array(batch.length * length)
    for (const [row, one] of batch.entries())
      for (const [column, id] of one.ids.entries()) {
        ids[row * length + column] = BigInt(id)
        mask[row * length + column] = 1n
      }
    const all: Record<string, OnnxTensor> = {
      input_ids: new Tensor('int64', ids, shape),
      attention_mask: new Tensor('int64', mask, shape),
      token_type_ids: new Tensor('int64', new BigInt64Array(ids.length), shape),
    }
    const feeds = Object.fromEntries(this.#session.inputNames.map((name) => [name, all[name] as OnnxTensor]))
    let output: OnnxTensor | undefined
    try {
      output = (await this.#session.run(feeds, [this.#output], { logSeverityLevel: LOG_FATAL }))[this.#output]
    } catch (cause) {
      throw new EmbedderError(`${this.#model.model} could not be run: ${firstLine(cause)}`, { cause })
    }
    return pooled(this.#model, output, mask)
  }
}

/** Texts of like length together, since each is filled up to the longest of its batch. */
function* batches(texts: readonly Encoded[]): Generator<Encoded[]> {
  let batch: Encoded[] = []
  for (const text of texts.toSorted((a, b) => a.ids.length - b.ids.length)) {
    if (batch.length > 0 && (batch.length + 1) * text.ids.length > BATCH_TOKENS) {
      yield batch
      batch = []
    }
    batch.push(text)
  }
  if (batch.length > 0) yield batch
}

function tokenizerOf(
  { folder, tokenizer, tokenizerConfig }: ModelFolder,
  Tokenizer: new (tokenizer: object, config: object) => Tokenizer,
): Tokenizer {
  try {
    const made = new Tokenizer(tokenizer, tokenizerConfig)
    made.encode(CHECK_TEXTS.join(' '))
    return made
  } catch (cause) {
    throw new EmbedderError(`The tokenizer in ${folder} can't be used: ${firstLine(cause)}`, { cause })
  }
}

async function sessionOf(
  { model }: ModelFolder,
  { InferenceSession }: Runtime,
  threads: number,
): Promise<InferenceSession> {
  let session: InferenceSession
  try {
    session = await InferenceSession.create(model, {
      logSeverityLevel: LOG_FATAL,
      intraOpNumThreads: threads,
    })
  } catch (cause) {
    throw new EmbedderError(`${model} can't be loaded; it may be damaged: ${firstLine(cause)}`, { cause })
  }
  const known = ['input_ids', 'attention_mask', 'token_type_ids']
  const odd = session.inputNames.find((name) => !known.includes(name))
  if (odd === undefined && session.inputNames.includes('input_ids')) return session
  await session.release()
  throw new EmbedderError(
    `${model} wants ${session.inputNames.join(', ')}; a model of meaning takes ${known.join(', ')}.`,
  )
}

function outputOf({ model }: ModelFolder, { outputNames }: InferenceSession): string {
  const found =
    [...READY_OUTPUTS, ...WORD_OUTPUTS].find((name) => outputNames.includes(name)) ??
    outputNames.find((name) => name !== LOGITS)
  if (found === undefined)
    throw new EmbedderError(
      `${model} gives ${outputNames.join(', ')} alone: it was made for other work than search.`,
    )
  return found
}

async function idOf({ model, tokenizer, pooling, prefix, maxTokens }: ModelFolder): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(model)) hash.update(chunk)
  hash.update(JSON.stringify([tokenizer, pooling, prefix, maxTokens]))
  return `onnx:${hash.digest('hex').slice(0, 32)}`
}

const firstLine = (thrown: unknown): string =>
  String((thrown as Error)?.message ?? thrown).split('\n')[0] ?? ''
