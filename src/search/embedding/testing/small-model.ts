/** Folders with real models of the shape of BERT, so small that a test makes them: one layer, words of a few letters. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { elementType, OnnxGraph } from '../../shipped-model/onnx-graph.ts'

const WORDS = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  'cat',
  'dog',
  'sits',
  'runs',
  'query',
  'passage',
  ':',
  '.',
  '##s',
]
const HEADS = 2
const PLACES = 64

export interface SmallModel {
  dimensions?: number
  /** Names of what it takes. */
  inputs?: readonly string[]
  /** What it gives: a vector for each word, one for the text, or something else. */
  gives?: 'last_hidden_state' | 'sentence_embedding' | 'logits'
  numbers?: 'float32' | 'float16' | 'int8'
  /** Further files by name, as objects. */
  files?: Readonly<Record<string, object>>
  /** Instead of `model.onnx`. */
  file?: string
  /** Another one has other weights. */
  seed?: number
  /** How far the weights spread. */
  spread?: number
}

/** Writes the model, its tokenizer and the further files into a folder; gives that. */
export function writeSmallModel(folder: string, options: SmallModel = {}): string {
  mkdirSync(join(folder, '1_Pooling'), { recursive: true })
  mkdirSync(join(folder, 'onnx'), { recursive: true })
  writeFileSync(join(folder, options.file ?? 'model.onnx'), smallModel(options))
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(TOKENIZER))
  for (const [name, content] of Object.entries(options.files ?? {}))
    writeFileSync(join(folder, name), JSON.stringify(content))
  return folder
}

const TOKENIZER = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: WORDS.slice(0, 4).map((content, id) => ({
    id,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  })),
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
}

/** The bytes of a model: embeddings of words, places and kinds, one layer of attention. */
export function smallModel({
  dimensions = 8,
  inputs = ['input_ids', 'attention_mask', 'token_type_ids'],
  gives = 'last_hidden_state',
  numbers = 'float32',
  seed = 1,
  spread = 1,
}: SmallModel = {}): Buffer {
  const random = randomFrom(seed)
  const graph = new OnnxGraph()
  const weights = (name: string, ...shape: number[]) =>
    graph.constant(
      name,
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => spread * random()),
    )
  const whole = (name: string, ...values: number[]) =>
    graph.constant(name, [values.length], BigInt64Array.from(values, BigInt))
  const one = (name: string, value: number) => graph.constant(name, [], Float32Array.of(value))
  const add = (a: string, b: string, name: string) => graph.node('Add', [a, b], name)

  for (const name of inputs) graph.input(name, 'int64', ['batch', 'length'])
  const [ids = ''] = inputs
  const words = graph.node('Gather', [weights('words', WORDS.length, dimensions), ids], 'word')
  const length = graph.node(
    'Gather',
    [graph.node('Shape', [ids], 'shape'), graph.constant('second', [], BigInt64Array.of(1n))],
    'length',
  )
  const zero = graph.constant('zero', [], BigInt64Array.of(0n))
  const places = graph.node('Range', [zero, length, 'second'], 'places')
  const placed = graph.node('Gather', [weights('place', PLACES, dimensions), places], 'placed')
  let hidden = add(words, placed, 'embedded')
  if (inputs.includes('token_type_ids'))
    hidden = add(
      hidden,
      graph.node('Gather', [weights('kind', 2, dimensions), 'token_type_ids'], 'kinds'),
      'with kinds',
    )
  const normalised = graph.node(
    'LayerNormalization',
    [hidden, graph.constant('scale', [dimensions], new Float32Array(dimensions).fill(1))],
    'normalised',
    { axis: -1, epsilon: { float: 1e-12 } },
  )
  const mask = inputs.includes('attention_mask')
    ? graph.node('Cast', ['attention_mask'], 'mask', { to: elementType('float32') })
    : undefined
  const shape = whole('heads', 0, 0, HEADS, dimensions / HEADS)
  const part = (name: string, perm: number[]) => {
    const linear = graph.node(
      'MatMul',
      [normalised, weights(`${name}.weights`, dimensions, dimensions)],
      name,
    )
    const heads = graph.node('Reshape', [linear, shape], `${name}.heads`)
    return graph.node('Transpose', [heads], `${name}.turned`, { perm })
  }
  const products = graph.node('MatMul', [part('query', [0, 2, 1, 3]), part('key', [0, 2, 3, 1])], 'products')
  const wide = mask && graph.node('Unsqueeze', [mask, whole('axes', 1, 2)], 'mask.wide')
  const filler = wide && graph.node('Sub', [one('one', 1), wide], 'filler')
  const scores = filler
    ? add(products, graph.node('Mul', [filler, one('never', -1e9)], 'bias'), 'scores')
    : products
  const shares = graph.node('Softmax', [scores], 'shares', { axis: -1 })
  const mixed = graph.node('MatMul', [shares, part('value', [0, 2, 1, 3])], 'mixed')
  const seen = graph.node('Transpose', [mixed], 'seen', { perm: [0, 2, 1, 3] })
  const joined = graph.node('Reshape', [seen, whole('together', 0, 0, dimensions)], 'joined')
  const result = add(normalised, joined, 'result')

  const isOfText = gives === 'sentence_embedding'
  const made = isOfText ? graph.node('ReduceMean', [result], 'mean', { axes: [1], keepdims: 0 }) : result
  graph.node('Cast', [made], gives, { to: elementType(numbers) })
  graph.output(gives, numbers, isOfText ? ['batch', dimensions] : ['batch', 'length', dimensions])
  return graph.model('small')
}

/** Numbers from -1 to 1, the same each time. Source: Marsaglia, Xorshift RNGs, 2003. */
function randomFrom(seed: number): () => number {
  let state = seed * 2654435761 + 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 31 - 1
  }
}
