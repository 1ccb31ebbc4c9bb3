/** The ways in which models write tool calls, and reading them from an answer. */
import { randomBytes } from 'node:crypto'
import type { FunctionTool, ToolCall } from '../../../models/engine.ts'
import { isRecord } from '../../../protocol/values.ts'
import { type Gbnf, literal } from './structure/gbnf.ts'
import { type Structure, structureOf } from './structure/structure.ts'

export interface ToolCallFormat {
  name: string
  /** What a template of this format has in it. */
  signature: RegExp
  /** What calls begin with; JSON follows. */
  open: string
  /** What ends a call; empty where only the end of the answer does. */
  close: string
  /** What stands between calls, where one opening holds several. */
  separator: string
  /** Whether the calls are an array. */
  isList: boolean
  argumentsKey: 'arguments' | 'parameters'
  /** Whether an answer that begins with a brace is a call, without an opening. */
  isBare: boolean
}

const FORMATS: readonly ToolCallFormat[] = [
  // Hermes, Qwen 2.5 and 3.
  {
    name: 'hermes',
    signature: /<tool_call>/,
    open: '<tool_call>',
    close: '</tool_call>',
    separator: '',
    isList: false,
    argumentsKey: 'arguments',
    isBare: false,
  },
  {
    name: 'mistral',
    signature: /\[TOOL_CALLS\]/,
    open: '[TOOL_CALLS]',
    close: '',
    separator: '',
    isList: true,
    argumentsKey: 'arguments',
    isBare: false,
  },
  {
    name: 'granite',
    signature: /<\|tool_call\|>/,
    open: '<|tool_call|>',
    close: '',
    separator: '',
    isList: true,
    argumentsKey: 'arguments',
    isBare: false,
  },
  {
    name: 'llama3',
    signature: /<\|python_tag\|>|"parameters":/,
    open: '<|python_tag|>',
    close: '',
    separator: ';',
    isList: false,
    argumentsKey: 'parameters',
    isBare: true,
  },
]

export const FORMAT_NAMES = FORMATS.map(({ name }) => name)

/** How models with this template write their calls; undefined where it is none of the known ways. */
export const formatOf = (template: string): ToolCallFormat | undefined =>
  FORMATS.find(({ signature }) => signature.test(template))

/** What a call of one of the tools is, for a grammar: with its opening where it may come, without where it must. */
export function callStructure(
  { format, tools, forced }: { format: ToolCallFormat; tools: readonly FunctionTool[]; forced: boolean },
  gbnf: Gbnf,
): Structure {
  const parts = tools.map(({ function: { name, parameters } }) => {
    const given = structureOf(
      parameters ?? { type: 'object', properties: {} },
      gbnf,
      `the schema of the tool "${name.slice(0, 60)}"`,
    )
    const rest = `comma ${literal(`"${format.argumentsKey}"`)} colon ${given.expression} ws "}"`
    return { isExact: given.isExact, name: JSON.stringify(name), rest: gbnf.add('call', rest) }
  })
  const call = `"{" ws ${literal('"name"')} colon ${oneOf(parts, gbnf)}`
  const calls = format.isList ? `"[" ws ${call} ws "]"` : call
  const opening = format.isBare ? `(${literal(format.open)})? ` : `${literal(format.open)} ws `
  return {
    expression: gbnf.add('calls', forced ? calls : opening + calls),
    isExact: parts.every(({ isExact }) => isExact),
  }
}

/** One of many names with what follows it, decided letter by letter: all at once would be followed all at once. */
function oneOf(names: readonly { name: string; rest: string }[], gbnf: Gbnf): string {
  const groups = Map.groupBy(names, ({ name }) => name.slice(0, 1))
  const ways = [...groups].map(([letter, group]) => {
    if (letter === '') return (group[0] as { rest: string }).rest
    const [only, ...others] = group as [{ name: string; rest: string }]
    if (others.length === 0) return `${literal(only.name)} ${only.rest}`
    return `${literal(letter)} ${oneOf(
      group.map(({ name, rest }) => ({ name: name.slice(1), rest })),
      gbnf,
    )}`
  })
  return ways.length === 1 ? (ways[0] as string) : gbnf.add('name', ways.join(' | '))
}

/**
 * The calls in the part of an answer that begins with an opening (or, with a bare format, with a brace). Undefined where
 * it is no well-formed call of one of the tools: then it is text like any other.
 */
export function parseCalls(
  format: ToolCallFormat,
  text: string,
  tools: readonly FunctionTool[],
): ToolCall[] | undefined {
  const bodies = bodiesOf(format, text)
  const names = new Set(tools.map((tool) => tool.function.name))
  const calls: ToolCall[] = []
  for (const body of bodies) {
    const values = parseBody(body, format.separator)
    if (values === undefined) return undefined
    for (const value of values.flat()) {
      if (!isRecord(value) || typeof value.name !== 'string' || !names.has(value.name)) return undefined
      const given = value[format.argumentsKey] ?? {}
      calls.push({
        id: `call_${randomBytes(12).toString('hex')}`,
        type: 'function',
        function: { name: value.name, arguments: typeof given === 'string' ? given : JSON.stringify(given) },
      })
    }
  }
  return calls.length > 0 ? calls : undefined
}

/** One call alone may have in its texts what calls begin and end with. */
function bodiesOf({ open, close }: ToolCallFormat, text: string): string[] {
  const alone = text.trim().slice(text.trim().startsWith(open) ? open.length : 0)
  const whole = close !== '' && alone.endsWith(close) ? alone.slice(0, -close.length) : alone
  if (parseJson(whole) !== undefined) return [whole]
  return text
    .split(open)
    .map((body) => (close === '' ? body : (body.split(close)[0] as string)).trim())
    .filter((body) => body !== '')
}

function parseBody(body: string, separator: string): unknown[] | undefined {
  const whole = parseJson(body)
  if (whole !== undefined) return [whole]
  if (separator === '') return undefined
  const parts = body.split(separator).map(parseJson)
  return parts.includes(undefined) ? undefined : parts
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
