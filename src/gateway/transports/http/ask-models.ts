/** The way from the endpoints of language models to what answers them: that of every other call. */
import { NOTIFICATION } from '../../../protocol/mcp.ts'
import { isRecord } from '../../../protocol/values.ts'
import type { Drained } from '../../call/call.ts'
import { runCall } from './call.ts'
import type { Exchange } from './exchange.ts'

/** The value of a method such as `mcp.llm.chat`; `onChunk` is called with its pieces. Ends when the caller goes. */
export async function askModels(
  method: string,
  body: Record<string, unknown> | undefined,
  exchange: Exchange,
  onChunk: (chunk: Record<string, unknown>) => Drained = () => undefined,
): Promise<unknown> {
  const result = await runCall(exchange, {
    method,
    params: body === undefined ? {} : { arguments: body },
    notify: (name, { chunk }) =>
      name === NOTIFICATION.llmChunk && isRecord(chunk) ? onChunk(chunk) : undefined,
  })
  return result.value
}
