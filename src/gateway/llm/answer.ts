/** One request's way to a model and back: which models are tried, and the error where none can answer. */

import type { ModelAliases } from '../../contracts/model-aliases.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { CallTrace, ConsentedCall, LlmGrant } from '../call/call.ts'
import { type Answer, Attempt, type Listener, type Models } from './attempt.ts'
import { type Candidate, candidates } from './choice.ts'
import { ModelFailure, noModel, withoutForbidden } from './failure.ts'
import type { ModelRequest } from './request.ts'

/** The whole answer, in OpenAI's shape. Throws RpcError, or the reason of the call's signal. */
export async function answer(
  models: Models,
  call: ConsentedCall,
  trace: CallTrace,
  request: ModelRequest,
  listener: Listener | undefined,
): Promise<Answer> {
  const llm = call.grant.llm
  if (!llm)
    throw new RpcError('FORBIDDEN', `The tier ${call.grant.tier} does not include language models.`, {
      data: { tier: call.grant.tier },
    })
  const aliases = models.aliases()
  let failure = noModel()
  let failed: Candidate | undefined
  for (const candidate of candidates(request.selector, aliases, llm, request.task === 'embed')) {
    if (candidate.onlyWithout && failure.code !== 'no_model') continue
    if (failed) models.onFallback(failed.name, candidate.name, failure)
    const attempt = new Attempt(models, call, trace, request, candidate)
    try {
      return await attempt.run(llm, listener)
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error
      if (!error.passesOn || attempt.hasTold) throw error.toRpcError()
      // What is known of the model that was asked for says more than that nothing else is there.
      if (!failed || error.code !== 'no_model') failure = error
      failed = candidate
    }
  }
  throw explained(withoutForbidden(failure, llm), request, aliases, llm).toRpcError()
}

/** Names what there is to who asked for a model that is not there. */
function explained(
  failure: ModelFailure,
  { selector }: ModelRequest,
  { aliases }: ModelAliases,
  llm: LlmGrant,
): ModelFailure {
  const named = [...aliases.keys()].filter((name) => llm.allowsModel(name))
  const isUnknown = failure.code === 'unknown_model' || (failure.code === 'no_model' && named.length > 0)
  if (selector.model === undefined || !isUnknown || aliases.has(selector.model)) return failure
  const here = failure.code === 'unknown_model' ? `${failure.message} ` : ''
  const elsewhere = named.length > 0 ? `models.yaml names ${named.join(', ')}.` : 'models.yaml names none.'
  return new ModelFailure(
    'unknown_model',
    `There is no model "${selector.model.slice(0, 100)}". ${here}${elsewhere}`,
    { details: failure.details },
  )
}
