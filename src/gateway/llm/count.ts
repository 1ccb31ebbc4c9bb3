/** How many tokens a conversation has for the model that would answer it, and how many that model can see at once. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { CallTrace, ConsentedCall } from '../call/call.ts'
import type { Models } from './attempt.ts'
import { type Candidate, candidates } from './choice.ts'
import { estimatePrompt } from './estimate.ts'
import { ModelFailure, noModel } from './failure.ts'
import { ask } from './model-server.ts'
import type { JsonObject, ModelRequest } from './request.ts'

/**
 * Counted by a model of this machine itself, as its template writes it; of one elsewhere it is an estimate, and its
 * context is known where models.yaml tells it. Throws RpcError, or the reason of the call's signal.
 */
export async function countTokens(
  models: Models,
  call: ConsentedCall,
  trace: CallTrace,
  request: ModelRequest,
): Promise<JsonObject> {
  const { llm, tier } = call.grant
  if (!llm)
    throw new RpcError('FORBIDDEN', `The tier ${tier} does not include language models.`, { data: { tier } })
  let failure = noModel()
  for (const candidate of candidates(request.selector, models.aliases(), llm)) {
    if (candidate.where === 'remote') return estimated(candidate, request)
    try {
      return await counted(models, call, trace, candidate, request)
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error
      if (!error.passesOn) throw error.toRpcError()
      failure = error
    }
  }
  throw failure.toRpcError()
}

const estimated = ({ name, context }: Candidate, { body }: ModelRequest): JsonObject => ({
  model: name,
  tokens: estimatePrompt(body),
  context: context ?? null,
  tools: true,
  exact: false,
})

async function counted(
  models: Models,
  call: ConsentedCall,
  trace: CallTrace,
  { model, name }: Candidate,
  { body: { messages, tools } }: ModelRequest,
): Promise<JsonObject> {
  const told = await ask(
    models.callServer,
    'local',
    'count',
    { ...(model === undefined ? {} : { model }), messages, ...(tools === undefined ? {} : { tools }) },
    { call, trace, signal: call.signal, deadline: call.deadline },
  )
  return { model: name, ...told, exact: true }
}
