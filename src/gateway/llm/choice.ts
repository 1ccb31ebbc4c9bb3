/** Which model a request is for, and which may answer in its place. */

import { findModel, LOCAL, type ModelAlias, type ModelAliases } from '../../contracts/model-aliases.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { LlmGrant } from '../call/call.ts'

/** A model that a request can be sent to. */
export interface Candidate {
  /** What it is called here. */
  name: string
  /** This machine, or the server that reaches all others. */
  where: 'local' | 'remote'
  provider: string
  /** The model's name for the server that runs or reaches it; undefined for that server's own default. */
  model: string | undefined
  /** What its provider calls it, if it has a name there. */
  modelName: string | undefined
  /** How many tokens it can see at once, as far as models.yaml says. */
  context?: number | undefined
  /** Stands in only for a machine that has no model at all. */
  onlyWithout?: true
}

export interface ModelSelector {
  model?: string | undefined
  /** 0, 1 or 2: the model of the default provider for that level. */
  complexity?: number | undefined
}

/**
 * What is tried, in this order. No other model makes vectors in place of one that was named: they could not be compared. Throws MODEL_NOT_ALLOWED where the tier forbids the model that is asked for.
 */
export function candidates(
  selector: ModelSelector,
  aliases: ModelAliases,
  grant: LlmGrant,
  isForVectors = false,
): Candidate[] {
  const [first, ...others] = wanted(selector, aliases)
  if (!first) return []
  if (!isAllowed(first, grant))
    throw new RpcError('MODEL_NOT_ALLOWED', `Your tier does not include the model "${first.name}".`, {
      data: { model: first.name },
    })
  const isNamed = ![undefined, 'default'].includes(selector.model)
  if (isForVectors && isNamed) return [first]
  return [first, ...others.filter((other) => isAllowed(other, grant))]
}

export const isAllowed = ({ name, modelName }: Candidate, grant: LlmGrant): boolean =>
  grant.allowsModel(name) || (modelName !== undefined && grant.allowsModel(modelName))

function wanted({ model, complexity }: ModelSelector, aliases: ModelAliases): Candidate[] {
  const name = complexity === undefined ? model : levelName(complexity, model, aliases)
  if (name === undefined || name === 'default') return byDefault(aliases)
  return withFallback(name, aliases)
}

/** With `complexity`, a model's name is its provider's. */
function levelName(complexity: number, of: string | undefined, { providers, defaultProvider }: ModelAliases) {
  const levelled = [...providers.values()].filter(({ levels }) => levels.length > 0)
  const provider =
    of ?? levelled.find(({ name }) => name === defaultProvider)?.name ?? levelled[0]?.name ?? LOCAL
  if (providers.get(provider)?.levels[complexity] !== undefined) return `${provider}:${complexity}`
  if (of === undefined) return undefined
  throw new RpcError('INVALID_PARAMS', `"${of.slice(0, 100)}" is no provider with levels of complexity.`, {
    data: { code: 'unknown_model', providers: levelled.map(({ name }) => name) },
  })
}

/** The default provider's default, else any default; else this machine's, and without any the first that has a name. */
function byDefault(aliases: ModelAliases): Candidate[] {
  const all = [...aliases.aliases.values()]
  const { defaultProvider } = aliases
  const own = all.filter(({ provider }) => provider === defaultProvider)
  const chosen =
    own.find(({ isDefault }) => isDefault) ??
    own[0] ??
    (defaultProvider === LOCAL ? undefined : all.find(({ isDefault }) => isDefault))
  if (chosen) return withFallback(chosen.name, aliases)
  const [first] = all
  const instead = first ? withFallback(first.name, aliases) : []
  return [OF_THIS_MACHINE, ...instead.map((one) => ({ ...one, onlyWithout: true as const }))]
}

const OF_THIS_MACHINE: Candidate = {
  name: LOCAL,
  where: 'local',
  provider: LOCAL,
  model: undefined,
  modelName: undefined,
}

function withFallback(name: string, aliases: ModelAliases): Candidate[] {
  const fallback = findModel(aliases, name)?.fallback ?? []
  return [...new Set([name, ...fallback])].map((one) => candidate(one, aliases))
}

/** A name that is not configured is taken for a model of this machine, which says so if it has none like it. */
function candidate(name: string, aliases: ModelAliases): Candidate {
  const found = findModel(aliases, name)
  if (found) return ofAlias(found)
  return name === LOCAL
    ? OF_THIS_MACHINE
    : { name, where: 'local', provider: LOCAL, model: name, modelName: name }
}

export const ofAlias = ({ name, provider, modelName, context }: ModelAlias): Candidate =>
  provider === LOCAL
    ? { name, where: 'local', provider, model: modelName, modelName }
    : // The server that reaches it knows it by the same name.
      { name, where: 'remote', provider, model: name, modelName, context }
