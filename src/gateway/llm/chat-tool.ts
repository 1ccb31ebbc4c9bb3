/** The tool of MCP clients, `llm_chat`: text in, text out, and its pieces as progress for who asks for that. */
import { ERRORS } from '../../protocol/errors.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { type CallToolResult, NOTIFICATION, type RequestMeta } from '../../protocol/mcp.ts'
import { isRecord, present } from '../../protocol/values.ts'
import type { CallTrace, ConsentedCall } from '../call/call.ts'
import { answer } from './answer.ts'
import type { Models } from './attempt.ts'
import { answerText, textOf } from './chunks.ts'
import { invalid, type JsonObject, type ModelRequest, readRequest } from './request.ts'

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
    chunk: ({ choices }: JsonObject) => {
      const [choice] = choices as { delta: JsonObject }[]
      const text = choice ? textOf({ delta: choice.delta }) : ''
      return text === '' ? undefined : tell(text)
    },
    queued: (position: number) => tell(`Waits for ${position} before it.`),
  }
  try {
    const wantsPieces = progressToken !== undefined
    const request = requestOf(call.params.arguments, wantsPieces)
    const whole = await answer(models, call, trace, request, wantsPieces ? listener : undefined)
    return { resultType: 'complete', content: [{ type: 'text', text: answerText(whole) }] }
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
    ...{ messages: conversationOf(prompt, messages, system), stream },
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
