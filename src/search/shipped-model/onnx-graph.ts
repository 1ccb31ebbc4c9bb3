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

type Message = readonly Buffer[]
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
  readonly #constants: Buffer[] = []
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
    this.#constants.push(message(5, [...sizes, whole(2, type), text(8, name), field(9, bytes)]))
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
    const graph = [...this.#nodes, text(2, name), ...this.#constants, ...this.#inputs, ...this.#outputs]
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
