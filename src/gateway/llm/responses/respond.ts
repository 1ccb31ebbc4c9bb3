/** OpenAI's Responses API over the models that there are, in one piece or as its events. */
import { NOTIFICATION } from '../../../protocol/mcp.ts'
import { isRecord } from '../../../protocol/values.ts'
import type { CallTrace, ConsentedCall, Drained } from '../../call/call.ts'
import { answer } from '../answer.ts'
import type { Models } from '../attempt.ts'
import { type JsonObject, readRequest } from '../request.ts'
import { outputOf, responseId } from './output.ts'
import { toChat } from './request.ts'

/** The response object. With `stream`, each event is told as a chunk. Throws RpcError, or the reason of the call's signal. */
export async function respond(
  models: Models,
  call: ConsentedCall,
  trace: CallTrace,
  body: JsonObject,
): Promise<JsonObject> {
  const request = readRequest('chat', toChat(body))
  let sequence = 0
  let drained: Drained
  const emit = (event: JsonObject) => {
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
    const response = { ...head, status: 'in_progress', output: [], usage: null }
    emit({ type: 'response.created', response })
    emit({ type: 'response.in_progress', response })
  }
  const whole = await answer(models, call, trace, request, {
    chunk: ({ choices }) => {
      begin()
      const [choice] = choices as { delta: JsonObject }[]
      if (choice) output.add(choice.delta)
      return drained
    },
    queued: (position) => call.notify(NOTIFICATION.llmChunk, { queued: { position } }),
  })
  begin()
  const [choice] = Array.isArray(whole.choices) ? whole.choices.filter(isRecord) : []
  if (!request.stream && isRecord(choice?.message)) output.add(choice.message)
  const wasCut = choice?.finish_reason === 'length' || choice?.finish_reason === 'content_filter'
  const status = wasCut ? 'incomplete' : 'completed'
  output.end(status)
  const response = {
    ...head,
    model: whole.model ?? head.model,
    status,
    incomplete_details: wasCut ? { reason: reasonOf(choice?.finish_reason) } : null,
    output: output.items,
    usage: usageOf(whole.usage),
  }
  emit({ type: `response.${status}`, response })
  return response
}

/** What a response repeats of its request. */
function headOf(body: JsonObject): JsonObject {
  return {
    id: responseId(),
    object: 'response',
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
    tools: body.tools ?? [],
    top_p: body.top_p ?? null,
    truncation: body.truncation ?? 'disabled',
  }
}

const reasonOf = (finishReason: unknown): string =>
  finishReason === 'length' ? 'max_output_tokens' : 'content_filter'

function usageOf(usage: unknown): JsonObject {
  const {
    prompt_tokens: prompt,
    completion_tokens: answer,
    total_tokens: total,
    ...details
  } = isRecord(usage) ? usage : {}
  const cached = isRecord(details.prompt_tokens_details) ? details.prompt_tokens_details.cached_tokens : 0
  const reasoning = isRecord(details.completion_tokens_details)
    ? details.completion_tokens_details.reasoning_tokens
    : 0
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: cached ?? 0 },
    output_tokens: answer,
    output_tokens_details: { reasoning_tokens: reasoning ?? 0 },
    total_tokens: total,
  }
}
