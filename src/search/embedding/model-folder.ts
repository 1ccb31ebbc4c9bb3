/**
 * A folder with a model of meaning as such folders are published: `model.onnx`, `tokenizer.json`, and files beside them that say how
 * the vectors of words become that of a text. What they don't say is what most models do.
 * Source: https://sbert.net/docs/sentence_transformer/usage/custom_models.html
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
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
const MODEL_FILES = ['model.onnx', 'onnx/model.onnx']
/** Files whose presence makes a folder one of a model. */
export const TOKENIZER_FILE = 'tokenizer.json'
const NO_PREFIX = { query: '', passage: '' }
/** Models that were trained with words before each text, from before there was a file that says so. */
const KNOWN_PREFIXES: readonly [name: RegExp, prefix: Record<TextKind, string>][] = [
  [/(^|[/-])e5-/, { query: 'query: ', passage: 'passage: ' }],
  [
    /(^|[/-])bge-(small|base|large)-en/,
    { query: 'Represent this sentence for searching relevant passages: ', passage: '' },
  ],
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
  return {
    folder,
    model: modelFile(folder),
    tokenizer,
    tokenizerConfig,
    pooling: poolingOf(settings(folder, '1_Pooling/config.json')),
    maxTokens: maxTokensOf(folder, config, tokenizerConfig),
    prefix: prefixOf(folder, config),
    padId: padIdOf(tokenizer, tokenizerConfig),
  }
}

function modelFile(folder: string): string {
  const named = MODEL_FILES.find((name) => isFile(join(folder, name)))
  if (named) return join(folder, named)
  const others = list(folder).filter((name) => name.endsWith('.onnx') && isFile(join(folder, name)))
  const [only] = others
  if (only !== undefined && others.length === 1) return join(folder, only)
  throw new EmbedderError(
    only === undefined
      ? `${folder} has no model.onnx; get the model in the format ONNX.`
      : `${folder} has several models (${others.join(', ')}); leave one, or name it model.onnx.`,
  )
}

function poolingOf(config: Record<string, unknown>): Pooling {
  if (config.pooling_mode_cls_token === true) return 'cls'
  if (config.pooling_mode_max_tokens === true) return 'max'
  return 'mean'
}

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
function prefixOf(folder: string, config: Record<string, unknown>): Record<TextKind, string> {
  const { prompts } = settings(folder, 'config_sentence_transformers.json')
  if (isRecord(prompts) && Object.keys(prompts).length > 0) {
    const said = (...keys: string[]) => keys.map((key) => prompts[key]).find((one) => typeof one === 'string')
    return { query: said('query') ?? '', passage: said('passage', 'document') ?? '' }
  }
  const name = typeof config._name_or_path === 'string' ? config._name_or_path : folder
  return KNOWN_PREFIXES.find(([pattern]) => pattern.test(name))?.[1] ?? NO_PREFIX
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
  if (!isFile(path)) return undefined
  if (statSync(path).size > maxBytes) throw new EmbedderError(`${path} is longer than ${maxBytes} bytes.`)
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
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
