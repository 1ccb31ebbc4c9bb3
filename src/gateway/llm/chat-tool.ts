/** The tool of MCP clients, `llm_chat`: text in, text out, and its deltas as progress for clients that ask for that. */
import { ERRORS } from '../../protocol/errors.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { type CallToolResult, NOTIFICATION, type RequestMeta } from '../../protocol/mcp.ts'
import { isRecord, present } from '../../protocol/values.ts'
import type { CallTrace, ConsentedCall } from '../call/call.ts'
import { answer } from './answer.ts'
import { answerText, readChoices, textOf } from './answer-choices.ts'
import type { Models } from './attempt.ts'
import { type Chunk, deltaIn } from './chunks.ts'
import { invalid, type ModelRequest, readRequest } from './request.ts'

/** Throws RpcError, or the reason of the call's signal. */
export async function chatTool(
  models: Models,
  call: ConsentedCall,
  trace: CallTrace,
): Promise<CallToolResult> {
  const { progressToken } = (isRecord(call.params._meta) ? call.params._meta : {}) as RequestMeta
  let progress = 0
  const tell = (message: string) =>
    call.notify(NOTIFICATION.progress, { progressToken, progress: ++progress, message })
  const listener = {
    chunk: (chunk: Chunk) => {
      const text = textOf(deltaIn(chunk) ?? {})
      return text === '' ? undefined : tell(text)
    },
    queued: (position: number) => tell(`Waits for ${position} before it.`),
  }
  try {
    const wantsDeltas = progressToken !== undefined
    const request = requestOf(call.params.arguments, wantsDeltas)
    const whole = await answer(models, call, trace, request, wantsDeltas ? listener : undefined)
    return { resultType: 'complete', content: [{ type: 'text', text: answerText(readChoices(whole)) }] }
  } catch (error) {
    // What is wrong with its arguments, who called can read and set right.
    if (!(error instanceof RpcError) || error.code !== ERRORS.INVALID_PARAMS.code) throw error
    return { resultType: 'complete', content: [{ type: 'text', text: error.message }], isError: true }
  }
}

function requestOf(given: unknown, stream: boolean): ModelRequest {
  const { prompt, messages, system, schema, model, max_tokens, temperature, ...unknown } = isRecord(given)
    ? present(given)
    : {}
  const [strange] = Object.keys(unknown)
  if (strange !== undefined) throw invalid(strange, `there is no parameter "${strange.slice(0, 40)}"`)
  const format = { type: 'json_schema', json_schema: { name: 'answer', schema } }
  return readRequest('chat', {
    messages: conversationOf(prompt, messages, system),
    stream,
    ...(model === undefined ? {} : { model }),
    ...(max_tokens === undefined ? {} : { max_tokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(schema === undefined ? {} : { response_format: format }),
  })
}

function conversationOf(prompt: unknown, messages: unknown, system: unknown): unknown {
  if ((prompt === undefined) === (messages === undefined))
    throw invalid('prompt', 'give "prompt" or "messages", one of the two')
  const said = messages ?? [{ role: 'user', content: prompt }]
  return system === undefined || !Array.isArray(said) ? said : [{ role: 'system', content: system }, ...said]
}
