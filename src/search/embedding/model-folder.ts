/**
 * A folder with a model of meaning as such folders are published: `model.onnx`, `tokenizer.json`, and files beside them that say how
 * the vectors of words become that of a text. What they don't say is what most models do.
 * Source: https://sbert.net/docs/sentence_transformer/usage/custom_models.html
 */
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readFileBoundedSync, UnusableFile } from '../../host/bounded-file.ts'
import { isRecord } from '../../protocol/values.ts'
import { EmbedderError, type TextKind } from './embedder.ts'

export type Pooling = 'mean' | 'cls' | 'max'

export interface ModelFolder {
  folder: string
  model: string
  /** As the file has it, for the tokenizer library. */
  tokenizer: object
  tokenizerConfig: object
  /** Where the model gives one vector for each word. */
  pooling: Pooling
  maxTokens: number
  prefix: Readonly<Record<TextKind, string>>
  padId: number
}

const MAX_JSON_BYTES = 64 * 1024 * 1024
const MAX_SETTINGS_BYTES = 1024 * 1024
/** Where no file says how long a text may be. */
const DEFAULT_TOKENS = 256
/** Longer pieces of a text have no one meaning, and take more than linear time. */
const MOST_TOKENS = 512
/** The whole model where it is there, else one with smaller numbers, as such folders name it. */
const MODEL_FILES = ['model', 'model_quantized', 'model_int8', 'model_fp16'].flatMap((name) => [
  `${name}.onnx`,
  `onnx/${name}.onnx`,
])
/** A larger one does not fit the memory of a server beside all else. */
const MAX_MODEL_BYTES = 256 * 1024 * 1024
/** Files whose presence makes a folder one of a model. */
export const TOKENIZER_FILE = 'tokenizer.json'
const NO_PREFIX = { query: '', passage: '' }
/** Models that were trained with words before each text, or without a mean, and whose files often don't say so. */
const KNOWN: readonly { name: RegExp; prefix: Record<TextKind, string>; pooling: Pooling }[] = [
  { name: /(^|-)e5-/i, prefix: { query: 'query: ', passage: 'passage: ' }, pooling: 'mean' },
  {
    name: /^bge-(small|base|large)-en/i,
    prefix: { query: 'Represent this sentence for searching relevant passages: ', passage: '' },
    pooling: 'cls',
  },
]

/** Throws an EmbedderError that says which file is missing, or what is wrong with it. */
export function readModelFolder(folder: string): ModelFolder {
  const config = settings(folder, 'config.json')
  const tokenizerConfig = settings(folder, 'tokenizer_config.json')
  const tokenizer = json(folder, TOKENIZER_FILE, MAX_JSON_BYTES)
  if (tokenizer === undefined)
    throw new EmbedderError(
      `${folder} has no ${TOKENIZER_FILE}, without which its model can't read a text; get it from where the model is from.`,
    )
  if (!isRecord(tokenizer.model))
    throw new EmbedderError(`${join(folder, TOKENIZER_FILE)} is not a tokenizer.`)
  const known = KNOWN.find(({ name }) => name.test(basename(nameOf(folder, config))))
  return {
    folder,
    model: modelFile(folder),
    tokenizer,
    tokenizerConfig,
    pooling: poolingOf(settings(folder, '1_Pooling/config.json')) ?? known?.pooling ?? 'mean',
    maxTokens: maxTokensOf(folder, config, tokenizerConfig),
    prefix: prefixOf(folder) ?? known?.prefix ?? NO_PREFIX,
    padId: padIdOf(tokenizer, tokenizerConfig),
  }
}

function modelFile(folder: string): string {
  const others = list(folder).filter((name) => name.endsWith('.onnx') && isFile(join(folder, name)))
  const named = MODEL_FILES.find((name) => isFile(join(folder, name)))
  const [chosen = named] = others.length === 1 && named === undefined ? others : []
  if (chosen === undefined)
    throw new EmbedderError(
      others.length === 0
        ? `${folder} has no model.onnx; get the model in the format ONNX.`
        : `${folder} has several models (${others.join(', ')}); leave one, or name it model.onnx.`,
    )
  const path = join(folder, chosen)
  if (statSync(path).size > MAX_MODEL_BYTES)
    throw new EmbedderError(
      `${path} is larger than ${MAX_MODEL_BYTES / 1024 / 1024} MiB; get the model with smaller numbers (model_quantized.onnx).`,
    )
  return path
}

/** Undefined where the folder does not say. Older files have a mark for each way. */
function poolingOf(config: Record<string, unknown>): Pooling | undefined {
  if (config.pooling_mode_cls_token === true || config.pooling_mode === 'cls') return 'cls'
  if (config.pooling_mode_max_tokens === true || config.pooling_mode === 'max') return 'max'
  if (config.pooling_mode_mean_tokens === true || config.pooling_mode === 'mean') return 'mean'
  return undefined
}

const nameOf = (folder: string, config: Record<string, unknown>): string =>
  typeof config._name_or_path === 'string' && config._name_or_path !== '' ? config._name_or_path : folder

function maxTokensOf(
  folder: string,
  config: Record<string, unknown>,
  tokenizerConfig: Record<string, unknown>,
): number {
  const said = [
    settings(folder, 'sentence_bert_config.json').max_seq_length,
    tokenizerConfig.model_max_length,
    config.max_position_embeddings,
  ].filter((value): value is number => Number.isInteger(value) && (value as number) > 2)
  return Math.min(MOST_TOKENS, ...(said.length > 0 ? said : [DEFAULT_TOKENS]))
}

/** `config_sentence_transformers.json` says which words go before a text; "document" is an older word for "passage". */
function prefixOf(folder: string): Record<TextKind, string> | undefined {
  const { prompts } = settings(folder, 'config_sentence_transformers.json')
  if (!isRecord(prompts)) return undefined
  const said = (...keys: string[]) => keys.map((key) => prompts[key]).find((one) => typeof one === 'string')
  const query = said('query')
  const passage = said('passage', 'document')
  // Newer files name both, empty, whatever the model.
  return query || passage ? { query: query ?? '', passage: passage ?? '' } : undefined
}

function padIdOf(tokenizer: Record<string, unknown>, tokenizerConfig: Record<string, unknown>): number {
  const { padding } = tokenizer
  if (isRecord(padding) && Number.isInteger(padding.pad_id)) return padding.pad_id as number
  const wanted = isRecord(tokenizerConfig.pad_token)
    ? tokenizerConfig.pad_token.content
    : tokenizerConfig.pad_token
  const added = Array.isArray(tokenizer.added_tokens) ? tokenizer.added_tokens : []
  const found = added.find((token) => isRecord(token) && token.content === (wanted ?? '[PAD]'))
  return Number.isInteger(found?.id) ? found.id : 0
}

const settings = (folder: string, name: string): Record<string, unknown> =>
  json(folder, name, MAX_SETTINGS_BYTES) ?? {}

/** Undefined where there is no such file. */
function json(folder: string, name: string, maxBytes: number): Record<string, unknown> | undefined {
  const path = join(folder, name)
  let value: unknown
  try {
    const text = readFileBoundedSync(path, maxBytes)
    if (text === undefined) return undefined
    value = JSON.parse(text)
  } catch (cause) {
    if (cause instanceof UnusableFile) throw new EmbedderError(cause.message, { cause })
    throw new EmbedderError(`${path} can't be read: ${(cause as Error).message}`, { cause })
  }
  if (!isRecord(value)) throw new EmbedderError(`${path} is not a JSON object.`)
  return value
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (cause) {
    throw new EmbedderError(`${folder} can't be read: ${(cause as Error).message}`, { cause })
  }
}
