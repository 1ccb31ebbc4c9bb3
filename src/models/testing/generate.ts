/** Makes model files: small ones for tests, a larger one for timing. What they say is noise, or one sentence. */
import { closeSync, openSync, writeSync } from 'node:fs'

export interface ModelShape {
  layers: number
  width: number
  heads: number
  /** Heads of keys and values. */
  keptHeads: number
  feedForward: number
  context: number
  /** Words in the vocabulary besides bytes, letters and marks. */
  words: number
}

export const TINY: ModelShape = {
  layers: 1,
  width: 64,
  heads: 4,
  keptHeads: 2,
  feedForward: 128,
  context: 2048,
  words: 200,
}
/** More than 100 MB: large enough for what is done around a token to be small beside the token. */
export const LARGE: ModelShape = {
  layers: 8,
  width: 512,
  heads: 8,
  keptHeads: 8,
  feedForward: 1536,
  context: 8192,
  words: 2000,
}

export interface GeneratedModel {
  shape?: ModelShape
  /** The chat template; none if undefined. */
  template?: string
  /** Whether it gives embeddings instead of text. */
  embedding?: boolean
  seed?: number
  /** What it answers, whatever it is asked; then it ends. Noise without end if undefined. */
  says?: string
  /** Put in place of what the file would say truthfully, to make files that lie. */
  metadata?: Readonly<Record<string, Value>>
  /** Leaves tensors out. */
  without?: readonly string[]
}

/** In the way of ChatML, with tools as Hermes models have them. */
export const TEMPLATE = `{%- if tools %}<|im_start|>system
Tools:{% for tool in tools %} {{ tool | tojson }}{% endfor %}
Answer with <tool_call>{"name": ..., "arguments": ...}</tool_call><|im_end|>
{% endif %}{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content or '' }}{% for call in message.tool_calls or [] %}<tool_call>
{"name": {{ call.function.name | tojson }}, "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`

const U32 = 4
const F32 = 6
const STRING = 8
const ARRAY = 9
const I32 = 5
type Value = string | number | { type: number; items: readonly (string | number)[] }

const TOKEN = { normal: 1, unknown: 2, control: 3, user: 4, byte: 6 }
const MARKS = ['<|im_start|>', '<|im_end|>']
/** The token that ends an answer. */
const END = 2

function vocabulary(
  words: number,
  sentence: string | undefined,
): { text: string; score: number; type: number }[] {
  const letters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).map((c) =>
    c === ' ' ? '▁' : c,
  )
  const syllables = ['ka', 'lo', 'mi', 'ne', 'pu', 'ra', 'so', 'te', 'vi', 'zu']
  const word = (i: number) =>
    `▁${[...String(i)].map((digit) => syllables[Number(digit)]).join('')}${syllables[i % 7]}`
  return [
    { text: '<unk>', score: 0, type: TOKEN.unknown },
    { text: '<s>', score: 0, type: TOKEN.control },
    { text: '</s>', score: 0, type: TOKEN.control },
    ...Array.from({ length: 256 }, (_, byte) => ({
      text: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
      score: 0,
      type: TOKEN.byte,
    })),
    ...letters.map((text) => ({ text, score: -1000, type: TOKEN.normal })),
    ...MARKS.map((text) => ({ text, score: 0, type: TOKEN.control })),
    ...['<tool_call>', '</tool_call>'].map((text) => ({ text, score: 0, type: TOKEN.user })),
    ...Array.from({ length: words }, (_, i) => ({ text: word(i), score: -i, type: TOKEN.normal })),
    ...(sentence === undefined
      ? []
      : [{ text: sentence.replaceAll(' ', '▁'), score: -1e6, type: TOKEN.normal }]),
  ]
}

interface TensorPlan {
  name: string
  dimensions: number[]
  fill: 'random' | 'ones' | 'output'
}

/** Writes a model to a file. */
export function generateModel(path: string, options: GeneratedModel = {}): void {
  const { shape = TINY, template, embedding = false, seed = 1, metadata = {}, without = [], says } = options
  const tokens = vocabulary(shape.words, says)
  const { layers, width, heads, keptHeads, feedForward, context } = shape
  const keptWidth = (width / heads) * keptHeads
  const said: Record<string, Value> = {
    'general.architecture': 'llama',
    'general.name': 'Noise',
    'llama.context_length': context,
    'llama.embedding_length': width,
    'llama.block_count': layers,
    'llama.feed_forward_length': feedForward,
    'llama.attention.head_count': heads,
    'llama.attention.head_count_kv': keptHeads,
    'llama.attention.layer_norm_rms_epsilon': { type: F32, items: [1e-5] },
    ...(embedding ? { 'llama.pooling_type': 1 } : {}),
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': { type: STRING, items: tokens.map(({ text }) => text) },
    'tokenizer.ggml.scores': { type: F32, items: tokens.map(({ score }) => score) },
    'tokenizer.ggml.token_type': { type: I32, items: tokens.map(({ type }) => type) },
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': END,
    ...(template === undefined ? {} : { 'tokenizer.chat_template': template }),
    ...metadata,
  }
  const silent = new Set(
    tokens.flatMap(({ text }, i) => (text === '</s>' || MARKS.includes(text) ? [i] : [])),
  )
  const all: TensorPlan[] = [
    { name: 'token_embd.weight', dimensions: [width, tokens.length], fill: 'random' },
    { name: 'output_norm.weight', dimensions: [width], fill: 'ones' },
    { name: 'output.weight', dimensions: [width, tokens.length], fill: 'output' },
    ...Array.from({ length: layers }, (_, i) => [
      { name: `blk.${i}.attn_norm.weight`, dimensions: [width], fill: 'ones' as const },
      { name: `blk.${i}.attn_q.weight`, dimensions: [width, width], fill: 'random' as const },
      { name: `blk.${i}.attn_k.weight`, dimensions: [width, keptWidth], fill: 'random' as const },
      { name: `blk.${i}.attn_v.weight`, dimensions: [width, keptWidth], fill: 'random' as const },
      { name: `blk.${i}.attn_output.weight`, dimensions: [width, width], fill: 'random' as const },
      { name: `blk.${i}.ffn_norm.weight`, dimensions: [width], fill: 'ones' as const },
      { name: `blk.${i}.ffn_gate.weight`, dimensions: [width, feedForward], fill: 'random' as const },
      { name: `blk.${i}.ffn_up.weight`, dimensions: [width, feedForward], fill: 'random' as const },
      { name: `blk.${i}.ffn_down.weight`, dimensions: [feedForward, width], fill: 'random' as const },
    ]).flat(),
  ]
  const tensors = all.filter(({ name }) => !without.includes(name))

  const random = noise(seed)
  const weight = ({ dimensions, fill }: TensorPlan, i: number): number => {
    if (fill === 'ones') return 1
    const token = Math.floor(i / width)
    if (says !== undefined && dimensions[1] === tokens.length)
      return chained(fill === 'output', token, i % width, tokens.length - 1)
    // What ends an answer gets a logit of 0, and something else always has more.
    return fill === 'output' && silent.has(token) ? 0 : random()
  }
  const file = openSync(path, 'w')
  try {
    writeSync(file, head(said, tensors))
    for (const tensor of tensors) {
      const values = new Float32Array(tensor.dimensions.reduce((product, size) => product * size, 1))
      for (let i = 0; i < values.length; i++) values[i] = weight(tensor, i)
      writeSync(file, Buffer.from(values.buffer))
    }
  } finally {
    closeSync(file)
  }
}

/**
 * What a token adds to a direction, and how much a direction speaks for a token, in a model that says one token, which is the
 * last of its vocabulary, and ends. What is between is noise, and small beside it.
 */
function chained(isOutput: boolean, token: number, direction: number, sentence: number): number {
  if (!isOutput) return direction === (token === sentence ? 1 : 0) ? 100 : 0
  return (token === sentence && direction === 0) || (token === END && direction === 1) ? 10 : 0
}

function head(
  metadata: Readonly<Record<string, Value>>,
  tensors: readonly { name: string; dimensions: readonly number[] }[],
): Buffer {
  const entries = Object.entries(metadata)
  let offset = 0
  const parts = [
    ...[Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(entries.length)],
    ...entries.flatMap(([key, value]) => [text(key), typed(value)]),
    ...tensors.flatMap(({ name, dimensions }) => {
      const at = offset
      offset += dimensions.reduce((product, size) => product * size, 4)
      return [text(name), u32(dimensions.length), ...dimensions.map(u64), u32(0), u64(at)]
    }),
  ]
  const whole = Buffer.concat(parts)
  return Buffer.concat([whole, Buffer.alloc((32 - (whole.length % 32)) % 32)])
}

function typed(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([u32(STRING), text(value)])
  if (typeof value === 'number') return Buffer.concat([u32(U32), u32(value)])
  if (value.items.length === 1 && value.type === F32)
    return Buffer.concat([u32(F32), scalar(F32, value.items[0] as number)])
  const items = value.items.map((item) => (typeof item === 'string' ? text(item) : scalar(value.type, item)))
  return Buffer.concat([u32(ARRAY), u32(value.type), u64(items.length), ...items])
}

function scalar(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  if (type === F32) bytes.writeFloatLE(value)
  else bytes.writeInt32LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}

/** Numbers between -0.1 and 0.1, the same for the same seed (xorshift). */
function noise(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state / 2 ** 31) * 0.1
  }
}
