/** The models that there are, for a caller: names of models.yaml, and what lies on this machine. */
import type OpenAI from 'openai'
import { LOCAL } from '../../contracts/model-aliases.ts'
import { isRecord } from '../../protocol/values.ts'
import type { CallTrace, ConsentedCall } from '../call/call.ts'
import type { Models } from './attempt.ts'
import { isAllowed, ofAlias } from './choice.ts'
import { ModelFailure } from './failure.ts'
import { ask } from './model-server.ts'
import type { JsonObject } from './request.ts'

/** In OpenAI's shape, with what is known besides. Throws RpcError, or the reason of the call's signal. */
export async function listModels(models: Models, call: ConsentedCall, trace: CallTrace): Promise<JsonObject> {
  const aliases = models.aliases()
  const { llm } = call.grant
  if (!llm) return { object: 'list', data: [] }
  const named = [...aliases.aliases.values()]
    .filter((alias) => isAllowed(ofAlias(alias), llm))
    .map(({ name, provider, modelName, isDefault }) => ({
      ...entry(name, provider),
      model_name: modelName,
      is_default: isDefault,
    }))
  const present = (await ofThisMachine(models, call, trace)).flatMap(
    ({ id, default: isDefault, ...known }) =>
      typeof id === 'string' && !aliases.aliases.has(id) && llm.allowsModel(id)
        ? [{ ...entry(id, LOCAL), ...known, is_default: isDefault === true }]
        : [],
  )
  // It tells of the machine, so only those who are on it get this.
  const problem = call.principal.administers === 'nothing' ? undefined : models.problem?.()
  return { object: 'list', data: [...named, ...present], ...(problem === undefined ? {} : { problem }) }
}

const entry = (id: string, owner: string): OpenAI.Model => ({
  id,
  object: 'model',
  created: 0,
  owned_by: owner,
})

/** None where nothing runs models here, or it can't tell: the others are still worth naming. */
async function ofThisMachine(models: Models, call: ConsentedCall, trace: CallTrace): Promise<JsonObject[]> {
  const deadline = performance.now() + call.timeoutMs
  try {
    const { models: found } = await ask(
      models.callServer,
      'local',
      'models',
      {},
      {
        call,
        trace,
        deadline,
        signal: call.signal,
      },
    )
    return Array.isArray(found) ? found.filter(isRecord) : []
  } catch (error) {
    if (error instanceof ModelFailure) return []
    throw error
  }
}
