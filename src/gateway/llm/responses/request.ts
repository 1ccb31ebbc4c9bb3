/**
 * A request to OpenAI's Responses API → one of a conversation. Nothing of it is kept here, so that what refers to
 * something kept is refused. Source: https://platform.openai.com/docs/api-reference/responses/create
 */
import { inWords, isRecord } from '../../../protocol/values.ts'
import { type Fields, invalid } from '../request.ts'

/** What refers to state that this gateway does not have. */
const NEEDS_STATE = ['previous_response_id', 'conversation', 'prompt'] as const

/** The fields of a chat. Throws INVALID_PARAMS for what has no counterpart. */
export function toChat(body: Fields): Fields {
  for (const key of NEEDS_STATE)
    if (body[key] !== undefined && body[key] !== null)
      throw invalid(
        key,
        `"${key}" needs answers that are kept, and none are kept here; send the whole "input"`,
      )
  if (body.background === true) throw invalid('background', '"background" is not possible here')
  const { input, instructions, tools, tool_choice: choice, text, max_output_tokens: longest } = body
  const format = isRecord(text) ? formatOf(text.format) : undefined
  const effort = isRecord(body.reasoning) ? body.reasoning.effort : undefined
  return {
    ...given(body, ['model', 'complexity', 'stream', 'temperature', 'top_p', 'parallel_tool_calls', 'user']),
    messages: [
      ...(typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : []),
      ...messagesOf(input),
    ],
    ...(Array.isArray(tools) && tools.length > 0 ? { tools: tools.map(toolOf) } : {}),
    ...(choice === undefined || choice === null ? {} : { tool_choice: choiceOf(choice) }),
    ...(format === undefined ? {} : { response_format: format }),
    ...(longest === undefined || longest === null ? {} : { max_completion_tokens: longest }),
    ...(effort === undefined || effort === null ? {} : { reasoning_effort: effort }),
    ...(body.truncation === 'auto' ? { context_overflow: 'drop_oldest' } : {}),
  }
}

function messagesOf(input: unknown): Fields[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  if (!Array.isArray(input) || input.length === 0)
    throw invalid('input', '"input" must be a text, or a list of at least one item')
  const messages: Fields[] = []
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
function addCall(messages: Fields[], { call_id: id, name, arguments: args }: Fields): void {
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

function toolOf(tool: unknown): Fields {
  if (!isRecord(tool) || tool.type !== 'function')
    throw invalid('tools', 'only tools of the type "function" can be called here')
  return { type: 'function', function: given(tool, ['name', 'description', 'parameters', 'strict']) }
}

const choiceOf = (choice: unknown): unknown =>
  isRecord(choice) && choice.type === 'function'
    ? { type: 'function', function: { name: choice.name } }
    : choice

function formatOf(format: unknown): Fields | undefined {
  if (!isRecord(format) || format.type === 'text') return undefined
  if (format.type !== 'json_schema') return format
  return {
    type: 'json_schema',
    json_schema: given(format, ['name', 'description', 'schema', 'strict']),
  }
}

const given = (fields: Fields, keys: readonly string[]): Fields =>
  Object.fromEntries(
    keys.filter((key) => fields[key] !== undefined && fields[key] !== null).map((key) => [key, fields[key]]),
  )
