/**
 * The Universal Sentence Encoder lite as an ONNX graph: two layers of a transformer over words of SentencePiece, their mean, and a
 * dense layer. Text in, 512 numbers of length 1 out.
 * Source: Cer et al., Universal Sentence Encoder, 2018 (arXiv:1803.11175), and the graph of the published model.
 */
import { elementType, OnnxGraph } from './onnx-graph.ts'
import type { Tensor } from './weights.ts'

export const DIMENSIONS = 512
/** It was trained on texts that are no longer. */
export const MAX_TOKENS = 128
const WORDS = 8002
const WIDTH = 256
const HEADS = 4
/** Of each layer: how wide queries, keys and values are together, and for each head. */
const LAYERS = [
  { width: 256, perHead: 64 },
  { width: 512, perHead: 128 },
]
/** In the published graph constants stand under the first name, and variables under the second. */
const CONSTANT = 'module_apply_default/Encoder_en/KonaTransformer/Encode/'
const VARIABLE = 'module/Encoder_en/KonaTransformer/Encode/'
const JOINED = '/ConcatPartitions/concat'
/** What is added to the score of a word that is only filler. */
const NEVER = -1e9
const EPSILON = 1e-6

type Weights = (name: string) => Tensor

/** The model as bytes, from the weights by name. Inputs `input_ids` and `attention_mask`, output `sentence_embedding`. */
export function encoder(weights: Weights): Buffer {
  const graph = new OnnxGraph()
  const ids = graph.input('input_ids', 'int64', ['batch', 'length'])
  const mask = graph.node('Cast', [graph.input('attention_mask', 'int64', ['batch', 'length'])], 'mask', {
    to: elementType('float32'),
  })
  const bias = fillerBias(graph, mask)
  let hidden = embedded(graph, ids, weights)
  for (const [index, sizes] of LAYERS.entries())
    hidden = layer(graph, { index, ...sizes, hidden, bias, weights })
  const mean = meanOf(graph, hidden, mask)
  const dense = linear(graph, mean, 'dense', {
    kernel: weights('module/Encoder_en/hidden_layers/tanh_layer_0/weights'),
    bias: weights('module/Encoder_en/hidden_layers/tanh_layer_0/bias'),
  })
  graph.node('LpNormalization', [graph.node('Tanh', [dense], 'tanh')], 'sentence_embedding', {
    axis: -1,
    p: 2,
  })
  graph.output('sentence_embedding', 'float32', ['batch', DIMENSIONS])
  return graph.model('use-lite')
}

/** Words, doubled, and where they stand as waves of many lengths. */
function embedded(graph: OnnxGraph, ids: string, weights: Weights): string {
  const table = graph.constant('words', [WORDS, WIDTH], weights('module/Embeddings_en').data)
  const two = graph.constant('two', [], Float32Array.of(2))
  const words = graph.node('Mul', [graph.node('Gather', [table, ids], 'word'), two], 'scaled')

  const timing = `${CONSTANT}TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`
  const frequencies = graph.constant('frequencies', [1, WIDTH / 2], weights(timing).data)
  const zero = graph.constant('zero', [], BigInt64Array.of(0n))
  const one = graph.constant('one', [], BigInt64Array.of(1n))
  const length = graph.node('Gather', [graph.node('Shape', [ids], 'shape'), one], 'length')
  const places = graph.node('Range', [zero, length, one], 'places')
  const column = graph.node(
    'Unsqueeze',
    [
      graph.node('Cast', [places], 'places.float', { to: elementType('float32') }),
      graph.constant('second', [1], BigInt64Array.of(1n)),
    ],
    'places.column',
  )
  const angles = graph.node('Mul', [column, frequencies], 'angles')
  const waves = graph.node(
    'Concat',
    [graph.node('Sin', [angles], 'sin'), graph.node('Cos', [angles], 'cos')],
    'waves',
    { axis: 1 },
  )
  return graph.node('Add', [words, waves], 'embedded')
}

/** What keeps attention from filler: 0 for each word, and much less for the rest. */
function fillerBias(graph: OnnxGraph, mask: string): string {
  const one = graph.constant('one.float', [], Float32Array.of(1))
  const never = graph.constant('never', [], Float32Array.of(NEVER))
  const axes = graph.constant('heads and queries', [2], BigInt64Array.of(1n, 2n))
  const filler = graph.node('Sub', [one, graph.node('Unsqueeze', [mask, axes], 'mask.wide')], 'filler')
  return graph.node('Mul', [filler, never], 'bias')
}

interface Layer {
  index: number
  width: number
  perHead: number
  hidden: string
  bias: string
  weights: Weights
}

function layer(graph: OnnxGraph, { index, width, perHead, hidden, bias, weights }: Layer): string {
  const of = (name: string) => `layer${index}.${name}`
  const at = `Layer_${index}/TransformerLayer/`
  const normalised = normalise(graph, hidden, of('norm'), `${at}layer_prepostprocess`, weights)
  const joined = linear(graph, normalised, of('qkv'), {
    kernel: weights(`${VARIABLE}${at}MultiheadAttention/qkv_transform_single/kernel/part_0`),
    bias: weights(`${CONSTANT}${at}MultiheadAttention/qkv_transform_single/bias${JOINED}`),
  })
  const parts = ['query', 'key', 'value'].map(of)
  const sizes = graph.constant(
    of('sizes'),
    [3],
    BigInt64Array.from(parts, () => BigInt(width)),
  )
  graph.node('Split', [joined, sizes], parts, { axis: 2 })
  const heads = graph.constant(of('heads'), [4], BigInt64Array.of(0n, 0n, BigInt(HEADS), BigInt(perHead)))
  const [query = '', key = '', value = ''] = parts.map((part) =>
    graph.node('Transpose', [graph.node('Reshape', [part, heads], `${part}.heads`)], `${part}.turned`, {
      perm: part === of('key') ? [0, 2, 3, 1] : [0, 2, 1, 3],
    }),
  )
  const scale = graph.constant(of('scale'), [], Float32Array.of(1 / Math.sqrt(perHead)))
  const scores = graph.node('Mul', [graph.node('MatMul', [query, key], of('products')), scale], of('scores'))
  const shares = graph.node('Softmax', [graph.node('Add', [scores, bias], of('masked'))], of('shares'), {
    axis: -1,
  })
  const seen = graph.node('Transpose', [graph.node('MatMul', [shares, value], of('mixed'))], of('seen'), {
    perm: [0, 2, 1, 3],
  })
  const together = graph.constant(of('together'), [3], BigInt64Array.of(0n, 0n, BigInt(width)))
  const attention = linear(graph, graph.node('Reshape', [seen, together], of('joined')), of('attention'), {
    kernel: weights(`${VARIABLE}${at}MultiheadAttention/output_transform_single/kernel/part_0`),
    bias: weights(`${CONSTANT}${at}MultiheadAttention/output_transform_single/bias${JOINED}`),
  })
  // The first layer widens what goes past it.
  const past =
    index > 0
      ? hidden
      : linear(graph, hidden, of('widened'), {
          kernel: weights(`${CONSTANT}${at}dense/kernel${JOINED}`),
          bias: weights(`${CONSTANT}${at}dense/bias${JOINED}`),
        })
  const attended = graph.node('Add', [attention, past], of('attended'))
  const again = normalise(graph, attended, of('norm2'), `${at}FFN/layer_prepostprocess`, weights)
  const wide = linear(graph, again, of('wide'), convolution(weights, at, 1))
  const narrow = linear(
    graph,
    graph.node('Relu', [wide], of('relu')),
    of('narrow'),
    convolution(weights, at, 2),
  )
  return graph.node('Add', [narrow, attended], of('out'))
}

const convolution = (weights: Weights, at: string, number: number) => ({
  kernel: weights(`${CONSTANT}TransformerStack/${at}FFN/conv${number}/Tensordot/Reshape_1`),
  bias: weights(`${CONSTANT}${at}FFN/conv${number}/bias${JOINED}`),
})

function normalise(graph: OnnxGraph, input: string, name: string, at: string, weights: Weights): string {
  const scale = weights(`${CONSTANT}${at}/layer_norm/layer_norm_scale${JOINED}`)
  const bias = weights(`${CONSTANT}${at}/layer_norm/layer_norm_bias${JOINED}`)
  const inputs = [
    input,
    graph.constant(`${name}.scale`, scale.shape, scale.data),
    graph.constant(`${name}.bias`, bias.shape, bias.data),
  ]
  return graph.node('LayerNormalization', inputs, name, { axis: -1, epsilon: { float: EPSILON } })
}

function linear(
  graph: OnnxGraph,
  input: string,
  name: string,
  { kernel, bias }: { kernel: Tensor; bias: Tensor },
): string {
  // Some were convolutions over one word, with a first dimension of 1.
  const matrix = graph.constant(`${name}.kernel`, kernel.shape.slice(-2), kernel.data)
  const product = graph.node('MatMul', [input, matrix], `${name}.product`)
  return graph.node('Add', [product, graph.constant(`${name}.bias`, bias.shape, bias.data)], name)
}

/** The mean over the words that are not filler. */
function meanOf(graph: OnnxGraph, hidden: string, mask: string): string {
  const last = graph.constant('last', [1], BigInt64Array.of(2n))
  const words = graph.constant('over words', [1], BigInt64Array.of(1n))
  const wide = graph.node('Unsqueeze', [mask, last], 'mask.column')
  const kept = graph.node('Mul', [hidden, wide], 'kept')
  const sum = graph.node('ReduceSum', [kept, words], 'sum', { keepdims: 0 })
  const count = graph.node('ReduceSum', [wide, words], 'count', { keepdims: 0 })
  return graph.node('Div', [sum, count], 'mean')
}
