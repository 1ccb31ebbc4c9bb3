/** The ways in which models write tool calls, and reading them from an answer. */
import { randomBytes } from 'node:crypto'
import type { FunctionTool, ToolCall } from '../../../models/engine.ts'
import { isRecord } from '../../../protocol/values.ts'

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
    ...{ open: '<tool_call>', close: '</tool_call>', separator: '', isList: false },
    ...{ argumentsKey: 'arguments', isBare: false },
  },
  {
    name: 'mistral',
    signature: /\[TOOL_CALLS\]/,
    ...{ open: '[TOOL_CALLS]', close: '', separator: '', isList: true },
    ...{ argumentsKey: 'arguments', isBare: false },
  },
  {
    name: 'granite',
    signature: /<\|tool_call\|>/,
    ...{ open: '<|tool_call|>', close: '', separator: '', isList: true },
    ...{ argumentsKey: 'arguments', isBare: false },
  },
  {
    name: 'llama3',
    signature: /<\|python_tag\|>|"parameters":/,
    ...{ open: '<|python_tag|>', close: '', separator: ';', isList: false },
    ...{ argumentsKey: 'parameters', isBare: true },
  },
]

export const FORMAT_NAMES = FORMATS.map(({ name }) => name)

/** How models with this template write their calls; undefined where it is none of the known ways. */
export const formatOf = (template: string): ToolCallFormat | undefined =>
  FORMATS.find(({ signature }) => signature.test(template))

/** The schema of the JSON that a call of one of the tools is, for a grammar that forces one. */
export function callSchema(format: ToolCallFormat, tools: readonly FunctionTool[]): Record<string, unknown> {
  const calls = tools.map(({ function: { name, parameters } }) => ({
    type: 'object',
    properties: {
      name: { const: name },
      [format.argumentsKey]: parameters ?? { type: 'object', properties: {} },
    },
  }))
  const one = calls.length === 1 ? (calls[0] as object) : { oneOf: calls }
  return format.isList
    ? { type: 'array', items: one, minItems: 1, maxItems: 1 }
    : (one as Record<string, unknown>)
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
  const bodies = text
    .split(format.open)
    .map((body) => (format.close === '' ? body : (body.split(format.close)[0] as string)).trim())
    .filter((body) => body !== '')
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
