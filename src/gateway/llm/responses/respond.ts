/** OpenAI's Responses API over the models that there are, whole or as its events. */
import type OpenAI from 'openai'
import { NOTIFICATION } from '../../../protocol/mcp.ts'
import { isRecord, isWhole } from '../../../protocol/values.ts'
import type { ConsentedCall, Drained } from '../../call/call.ts'
import { readChoices } from '../answer-choices.ts'
import type { Answer, Listener } from '../attempt.ts'
import { deltaIn } from '../chunks.ts'
import { type JsonObject, type ModelRequest, readRequest } from '../request.ts'
import { type OutputEvent, outputOf, responseId } from './output.ts'
import { toChat } from './request.ts'

/**
 * The response object, made of what `ask` gives. With `stream`, each event is sent as a chunk. Throws RpcError, or the reason of the
 * call's signal.
 */
export async function respond(
  call: ConsentedCall,
  body: JsonObject,
  ask: (request: ModelRequest, listener: Listener) => Promise<Answer>,
): Promise<JsonObject> {
  const request = readRequest('chat', toChat(body))
  let sequence = 0
  let drained: Drained
  const emit = (event: OutputEvent | ResponseEvent) => {
    if (!request.stream) return
    const { type, ...rest } = event
    drained = call.notify(NOTIFICATION.llmChunk, { chunk: { type, sequence_number: sequence++, ...rest } })
  }
  const output = outputOf(emit)
  const head = headOf(body)
  let begun = false
  const begin = () => {
    if (begun) return
    begun = true
    const response: Response = { ...head, status: 'in_progress', output: [], usage: null }
    emit({ type: 'response.created', response })
    emit({ type: 'response.in_progress', response })
  }
  const whole = await ask(request, {
    chunk: (chunk) => {
      begin()
      const delta = deltaIn(chunk)
      if (delta) output.add(delta)
      return drained
    },
    queued: (position) => call.notify(NOTIFICATION.llmChunk, { queued: { position } }),
  })
  begin()
  const [choice] = readChoices(whole)
  if (!request.stream && choice) output.add(choice.delta)
  const finishReason = choice?.finishReason
  const wasCut = finishReason === 'length' || finishReason === 'content_filter'
  const status = wasCut ? 'incomplete' : 'completed'
  output.end(status)
  const response: Response = {
    ...head,
    model: whole.model ?? head.model,
    status,
    incomplete_details: wasCut ? { reason: reasonOf(finishReason) } : null,
    output: output.items,
    usage: usageOf(whole.usage),
    ...(whole.llmbasedos === undefined ? {} : { llmbasedos: whole.llmbasedos }),
  }
  emit({ type: wasCut ? 'response.incomplete' : 'response.completed', response })
  return response
}

/** What is made here of a response; what it repeats of its request is there as it came. */
type Response = Pick<
  OpenAI.Responses.Response,
  'id' | 'object' | 'created_at' | 'status' | 'error' | 'incomplete_details' | 'output'
> &
  JsonObject & { usage: Usage | null }
/** Without what no model says here, such as how much was put into a cache. */
type Usage = Pick<OpenAI.Responses.ResponseUsage, 'input_tokens' | 'output_tokens' | 'total_tokens'> & {
  input_tokens_details: { cached_tokens: number }
  output_tokens_details: { reasoning_tokens: number }
}
interface ResponseEvent {
  type: 'response.created' | 'response.in_progress' | 'response.completed' | 'response.incomplete'
  response: Response
}

/** What a response repeats of its request, and what is the same from its beginning to its end. */
function headOf(body: JsonObject) {
  return {
    id: responseId(),
    object: 'response' as const,
    created_at: Math.floor(Date.now() / 1000),
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: body.metadata ?? {},
    model: body.model ?? 'default',
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    // Nothing is kept, whatever was asked for.
    store: false,
    temperature: body.temperature ?? null,
    text: body.text ?? { format: { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: Array.isArray(body.tools) ? body.tools.filter(isRecord) : [],
    top_p: body.top_p ?? null,
    truncation: body.truncation ?? 'disabled',
  }
}

const reasonOf = (finishReason: string | undefined): 'max_output_tokens' | 'content_filter' =>
  finishReason === 'length' ? 'max_output_tokens' : 'content_filter'

function usageOf({ prompt_tokens, completion_tokens = 0, total_tokens, ...details }: Answer['usage']): Usage {
  return {
    input_tokens: prompt_tokens,
    input_tokens_details: { cached_tokens: countIn(details.prompt_tokens_details, 'cached_tokens') },
    output_tokens: completion_tokens,
    output_tokens_details: {
      reasoning_tokens: countIn(details.completion_tokens_details, 'reasoning_tokens'),
    },
    total_tokens,
  }
}

const countIn = (details: unknown, name: string): number => {
  const count = isRecord(details) ? details[name] : undefined
  return isWhole(count, 0) ? count : 0
}
