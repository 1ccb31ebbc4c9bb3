/**
 * A request to OpenAI's Responses API → one of a conversation. Nothing of it is kept here, so that what refers to
 * something kept is refused. Source: https://platform.openai.com/docs/api-reference/responses/create
 */
import { inWords, isRecord, isWhole } from '../../../protocol/values.ts'
import { invalid, type JsonObject } from '../request.ts'
import { checkParameters } from './parameters.ts'

/** The fields of a chat. Throws INVALID_PARAMS for what has no counterpart. */
export function toChat(body: JsonObject): JsonObject {
  checkParameters(body)
  const { input, instructions, tools, tool_choice: choice, text, max_output_tokens: longest } = body
  for (const name of ['text', 'reasoning', 'metadata'])
    if (!isAbsent(body[name]) && !isRecord(body[name])) throw invalid(name, `"${name}" must be an object`)
  if (!isAbsent(instructions) && typeof instructions !== 'string')
    throw invalid('instructions', '"instructions" must be a text')
  if (!isAbsent(tools) && !Array.isArray(tools) && !isOfGateway(tools))
    throw invalid('tools', '"tools" must be a list of tools, "auto" or "none"')
  if (!isAbsent(body.truncation) && body.truncation !== 'auto' && body.truncation !== 'disabled')
    throw invalid('truncation', '"truncation" must be "auto" or "disabled"')
  if (!isAbsent(longest) && !isWhole(longest, 1))
    throw invalid('max_output_tokens', '"max_output_tokens" must be a whole number from 1')
  const { format: asked, verbosity } = isRecord(text) ? text : {}
  const format = formatOf(asked)
  const effort = isRecord(body.reasoning) ? body.reasoning.effort : undefined
  return {
    ...given(body, FIELDS),
    messages: [
      ...(typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : []),
      ...messagesOf(input),
    ],
    ...(isOfGateway(tools) ? { tools } : {}),
    ...(Array.isArray(tools) && tools.length > 0
      ? { tools: tools.map((tool) => (isOfGateway(tool) ? tool : toolOf(tool))) }
      : {}),
    ...(isAbsent(choice) ? {} : { tool_choice: choiceOf(choice) }),
    ...(format === undefined ? {} : { response_format: format }),
    ...(isAbsent(longest) ? {} : { max_completion_tokens: longest }),
    ...(isAbsent(effort) ? {} : { reasoning_effort: effort }),
    ...(isAbsent(verbosity) ? {} : { verbosity }),
    ...(body.truncation === 'auto' ? { context_overflow: 'drop_oldest' } : {}),
  }
}

/** What a chat has under the same name. */
const FIELDS = [
  'model',
  'complexity',
  'stream',
  'temperature',
  'top_p',
  'parallel_tool_calls',
  'user',
  'llmbasedos',
]

/** What stands for the tools of this machine (../request.ts). */
const isOfGateway = (tools: unknown): boolean => tools === 'auto' || tools === 'none'

function messagesOf(input: unknown): JsonObject[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  if (!Array.isArray(input) || input.length === 0)
    throw invalid('input', '"input" must be a text, or a list of at least one item')
  const messages: JsonObject[] = []
  for (const item of input) {
    if (!isRecord(item)) throw invalid('input', 'each item of "input" must be an object')
    const { type = 'message' } = item
    if (type === 'reasoning') continue
    if (type === 'function_call') addCall(messages, item)
    else if (type === 'function_call_output')
      messages.push({ role: 'tool', tool_call_id: item.call_id, content: textOfOutput(item.output) })
    else if (type === 'message')
      messages.push({
        role: item.role === 'developer' ? 'system' : item.role,
        content: contentOf(item.content),
      })
    else throw invalid('input', `an item of the type "${inWords(type).slice(0, 40)}" is not understood here`)
  }
  return messages
}

/** Calls that belong to one turn of the model are in one message. */
function addCall(messages: JsonObject[], { call_id: id, name, arguments: args }: JsonObject): void {
  const call = { id, type: 'function', function: { name, arguments: args } }
  const last = messages.at(-1)
  if (last?.role === 'assistant') last.tool_calls = [...((last.tool_calls as unknown[]) ?? []), call]
  else messages.push({ role: 'assistant', content: null, tool_calls: [call] })
}

function textPart(text: unknown): { type: string; text: string } {
  if (typeof text !== 'string') throw invalid('input', 'a part of "content" has a text that is none')
  return { type: 'text', text }
}

function contentOf(content: unknown): unknown {
  if (!Array.isArray(content)) return content
  const parts = content.map((part) => {
    if (!isRecord(part)) throw invalid('input', 'each part of "content" must be an object')
    if (part.type === 'input_text' || part.type === 'output_text') return textPart(part.text)
    if (part.type === 'refusal') return textPart(part.refusal)
    if (part.type === 'input_image' && typeof part.image_url === 'string')
      return { type: 'image_url', image_url: { url: part.image_url, ...given(part, ['detail']) } }
    throw invalid('input', `content of the type "${inWords(part.type).slice(0, 40)}" is not understood here`)
  })
  const isText = parts.every(({ type }) => type === 'text')
  return isText ? parts.map((part) => ('text' in part ? part.text : '')).join('') : parts
}

const textOfOutput = (output: unknown): unknown => (Array.isArray(output) ? contentOf(output) : output)

function toolOf(tool: unknown): JsonObject {
  if (!isRecord(tool) || tool.type !== 'function')
    throw invalid('tools', 'only tools of the type "function" can be called here')
  return { type: 'function', function: given(tool, ['name', 'description', 'parameters', 'strict']) }
}

function choiceOf(choice: unknown): unknown {
  if (!isRecord(choice)) return choice
  if (choice.type === 'function') return { type: 'function', function: { name: choice.name } }
  if (choice.type !== 'allowed_tools')
    throw invalid('tool_choice', 'only tools of the type "function" can be chosen here')
  const tools = (Array.isArray(choice.tools) ? choice.tools : []).map(choiceOf)
  return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools } }
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null

function formatOf(format: unknown): JsonObject | undefined {
  if (!isRecord(format) || format.type === 'text') return undefined
  if (format.type !== 'json_schema') return format
  return {
    type: 'json_schema',
    json_schema: given(format, ['name', 'description', 'schema', 'strict']),
  }
}

const given = (fields: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(
    keys.filter((key) => fields[key] !== undefined && fields[key] !== null).map((key) => [key, fields[key]]),
  )
