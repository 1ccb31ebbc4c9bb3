/**
 * What v1 clients of llmbasedos send: methods named `mcp.…`, parameters by position or by name, and often no
 * "jsonrpc". Inside, their parameters travel as `arguments` and their results as `value`, since those may be any JSON.
 */
import { type Id, type Response, RpcError, success } from '../../../protocol/jsonrpc.ts'
import { META, NOTIFICATION, type Result } from '../../../protocol/mcp.ts'
import type { Drained, Gate, Inbound } from '../../call/call.ts'
import { NO_CAPABILITIES } from '../envelope.ts'

/**
 * Runs a v1 method and gives the answer to it, with its result as it was; the mark of what others wrote stands beside it, since
 * a result may be any JSON. A language model's answer in pieces comes as several results, which
 * `say` is given but for the last. Throws RpcError.
 */
export async function answerV1(
  gate: Gate,
  id: Id,
  call: Omit<Inbound, 'params' | 'client' | 'notify'>,
  params: unknown,
  say: (result: object) => Drained,
): Promise<Response> {
  const given = params === undefined ? {} : { arguments: params }
  let inPieces = false
  const notify: Inbound['notify'] = (method, { chunk }) => {
    if (method !== NOTIFICATION.llmChunk || chunk === undefined) return undefined
    inPieces = true
    return say({ type: 'llm_chunk', content: chunk })
  }
  const result: Result = await gate.run({ ...call, params: given, client: NO_CAPABILITIES, notify })
  if (inPieces) return success(id, { type: 'llm_stream_end' })
  if (result.resultType === 'complete') {
    const source = result._meta?.[META.untrusted]
    const mark = source === undefined ? {} : { _meta: { [META.untrusted]: source } }
    return { ...success(id, result.value ?? null), ...mark }
  }
  throw new RpcError(
    'MISSING_CAPABILITY',
    `"${call.method}" has a question for its caller, which v1 clients can't be asked.`,
  )
}
