/** Requests whose server asks its caller before it can answer (`input_required`), repeated with the answers. */
import { RpcError } from '../protocol/jsonrpc.ts'
import type { InputRequests, InputRequiredResult, InputResponses, Result } from '../protocol/mcp.ts'

/** How often one request may be asked about. */
const MAX_ROUNDS = 16

/** Answers all that is asked in one round. */
export type Answerer = (requests: InputRequests) => Promise<InputResponses>

/** Sends until the result is complete. Throws INTERNAL where the server never stops to ask. */
export async function requestWithAnswers(
  send: (params: Record<string, unknown>) => Promise<Result>,
  params: Record<string, unknown>,
  answer: Answerer,
): Promise<Result> {
  let round = params
  for (let n = 0; n < MAX_ROUNDS; n++) {
    const result = await send(round)
    if (result.resultType !== 'input_required') return result
    const { inputRequests = {}, requestState } = result as InputRequiredResult
    round = { ...params, inputResponses: await answer(inputRequests), requestState }
  }
  throw new RpcError('INTERNAL', `The server asked ${MAX_ROUNDS} times and was still not done.`)
}
