/**
 * Writes models in ONNX: those few messages of its protobuf schema that a graph of standard operators takes.
 * Source: https://github.com/onnx/onnx/blob/v1.16.0/onnx/onnx.proto (IR version 9, operator set 17)
 */
const IR_VERSION = 9
const OPERATOR_SET = 17

/** Kinds of fields on the wire (https://protobuf.dev/programming-guides/encoding/). */
const VARINT = 0
const BYTES = 2
const FLOAT = 5
/** Kinds of elements, `TensorProto.DataType`. */
const ELEMENT = { float32: 1, int8: 3, int64: 7, float16: 10 } as const
/** Kinds of attributes, `AttributeProto.AttributeType`. */
const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const

/** `TensorProto.DataLocation.EXTERNAL`. */
const EXTERNAL = 1
/** What is shorter stays in the model, in bytes. */
const LEAST_BESIDE = 1024
/** Where constants begin in the file beside a model, so that the file can be mapped into memory. */
const PAGE_BYTES = 4096

type Message = readonly Buffer[]
interface Constant {
  /** All but its elements. */
  head: Message
  bytes: Buffer
}
/** As the attribute of a cast names it. */
export const elementType = (name: keyof typeof ELEMENT): number => ELEMENT[name]
export type TensorData = Float32Array | BigInt64Array
/** A whole number, several, or `{ float }`: a number in JavaScript does not say which of the two it is. */
export type Attribute = number | readonly number[] | { float: number }
/** Sizes, of which some are known by a name alone. */
export type Shape = readonly (number | string)[]

/** A graph in the making. Values go by their names. */
export class OnnxGraph {
  readonly #nodes: Buffer[] = []
  readonly #constants: Constant[] = []
  readonly #inputs: Buffer[] = []
  readonly #outputs: Buffer[] = []

  input(name: string, type: keyof typeof ELEMENT, shape: Shape): string {
    this.#inputs.push(message(11, valueInfo(name, type, shape)))
    return name
  }

  output(name: string, type: keyof typeof ELEMENT, shape: Shape): void {
    this.#outputs.push(message(12, valueInfo(name, type, shape)))
  }

  /** A constant; gives its name. */
  constant(name: string, shape: readonly number[], data: TensorData): string {
    const type = data instanceof Float32Array ? ELEMENT.float32 : ELEMENT.int64
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    const sizes = shape.map((size) => whole(1, size))
    this.#constants.push({ head: [...sizes, whole(2, type), text(8, name)], bytes })
    return name
  }

  /** What an operator makes of its inputs; gives the name of the first output. */
  node(
    operator: string,
    inputs: readonly string[],
    outputs: string | readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const names = typeof outputs === 'string' ? [outputs] : outputs
    const [first = ''] = names
    this.#nodes.push(
      message(1, [
        ...inputs.map((name) => text(1, name)),
        ...names.map((name) => text(2, name)),
        text(3, first),
        text(4, operator),
        ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
      ]),
    )
    return first
  }

  /** The whole model as a file has it; the same graph gives the same bytes. */
  model(name: string): Buffer {
    return this.#modelOf(
      name,
      this.#constants.map(({ head, bytes }) => message(5, [...head, field(9, bytes)])),
    )
  }

  /**
   * The model with its large constants in a second file, which must lie beside it as `file`. onnxruntime maps that into memory: nothing of it is
   * copied, processes share it, and what is not needed is not read.
   */
  modelBeside(name: string, file: string): { model: Buffer; weights: Buffer } {
    const weights: Buffer[] = []
    let length = 0
    const constants = this.#constants.map(({ head, bytes }) => {
      if (bytes.length < LEAST_BESIDE) return message(5, [...head, field(9, bytes)])
      const gap = Buffer.alloc(-length & (PAGE_BYTES - 1))
      const at = length + gap.length
      weights.push(gap, bytes)
      length = at + bytes.length
      const place = { location: file, offset: String(at), length: String(bytes.length) }
      const entries = Object.entries(place).map(([key, value]) => message(13, [text(1, key), text(2, value)]))
      return message(5, [...head, ...entries, whole(14, EXTERNAL)])
    })
    return { model: this.#modelOf(name, constants), weights: Buffer.concat(weights) }
  }

  #modelOf(name: string, constants: Message): Buffer {
    const graph = [...this.#nodes, text(2, name), ...constants, ...this.#inputs, ...this.#outputs]
    const operators = [text(1, ''), whole(2, OPERATOR_SET)]
    return Buffer.concat([
      whole(1, IR_VERSION),
      text(2, 'llmbasedos'),
      message(7, graph),
      message(8, operators),
    ])
  }
}

function attribute(name: string, value: Attribute): Message {
  if (typeof value === 'number') return [text(1, name), whole(3, value), whole(20, ATTRIBUTE.int)]
  if ('float' in value) return [text(1, name), float(2, value.float), whole(20, ATTRIBUTE.float)]
  return [text(1, name), ...value.map((one) => whole(8, one)), whole(20, ATTRIBUTE.ints)]
}

function valueInfo(name: string, type: keyof typeof ELEMENT, shape: Shape): Message {
  const sizes = shape.map((size) => message(1, [typeof size === 'number' ? whole(1, size) : text(2, size)]))
  const tensor = [whole(1, ELEMENT[type]), message(2, sizes)]
  return [text(1, name), message(2, [message(1, tensor)])]
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

const key = (number: number, kind: number): Buffer => varint((number << 3) | kind)
const whole = (number: number, value: number): Buffer => Buffer.concat([key(number, VARINT), varint(value)])
const field = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([key(number, BYTES), varint(bytes.length), bytes])
const text = (number: number, value: string): Buffer => field(number, Buffer.from(value))
const message = (number: number, fields: Message): Buffer => field(number, Buffer.concat(fields))

function float(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return Buffer.concat([key(number, FLOAT), bytes])
}
