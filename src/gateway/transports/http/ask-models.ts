/** The way from the doors of language models to what answers them: that of every other call. */
import { NOTIFICATION } from '../../../protocol/mcp.ts'
import { isRecord } from '../../../protocol/values.ts'
import type { ClientFacts, Gate, Principal, Taken } from '../../call/call.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { takenBy } from './sse.ts'

export interface ModelExchange {
  gate: Gate
  req: HttpRequest
  res: HttpResponse
  principal: Principal
}

/** Nobody can be asked anything on the way. */
const CLIENT: ClientFacts = { capabilities: {}, info: undefined, logLevel: undefined }

/** The value of a method such as `mcp.llm.chat`; `onChunk` is told of its pieces. Ends when the caller goes. */
export async function askModels(
  method: string,
  body: Record<string, unknown> | undefined,
  { gate, principal, res }: ModelExchange,
  onChunk: (chunk: Record<string, unknown>) => Taken = () => undefined,
): Promise<unknown> {
  const controller = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) controller.abort(new Error('The caller has gone.'))
  })
  const result = await gate.run({
    principal,
    transport: 'http',
    server: undefined,
    toolset: 'all',
    method,
    params: body === undefined ? {} : { arguments: body },
    client: CLIENT,
    signal: controller.signal,
    taken: () => takenBy(res, gate.stalledMs),
    notify: (name, { chunk }) =>
      name === NOTIFICATION.llmChunk && isRecord(chunk) ? onChunk(chunk) : undefined,
  })
  return result.value
}
