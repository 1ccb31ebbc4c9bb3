/** Names for language models, and the servers that have them, as `models.yaml` says (models.config.ts). */

/** The models of this machine itself. */
export const LOCAL = 'local'
/** The server that reaches all other providers, and keeps their keys. */
export const REMOTE_SERVER = 'llm-remote'

/** Where models are: a server that speaks OpenAI's shape, or this machine. */
export interface ModelProvider {
  name: string
  /** Such as `https://api.openai.com/v1`; undefined for this machine. */
  baseUrl: string | undefined
  /** The secret of `llm-remote` that holds its key. Without such a secret, none is sent. */
  secret: string
  /** How long nothing may come from it before a call is given up, in milliseconds. */
  timeoutMs: number
  /** How often a call is repeated after 429, 5xx and time-outs. */
  retries: number
  /** Names of its models for complexity 0, 1 and 2. */
  levels: readonly string[]
}

/** A name that clients ask for, and the model that it means. */
export interface ModelAlias {
  name: string
  provider: string
  modelName: string
  isDefault: boolean
  /** How many tokens it can see at once; undefined if unknown. */
  context?: number | undefined
  /** Whether it is given its caller's tools, where a client brings none; not without. */
  tools?: 'auto'
  /** Names that are tried in its place, in this order, when it can't answer. */
  fallback: readonly string[]
}

export interface ModelAliases {
  defaultProvider: string | undefined
  providers: ReadonlyMap<string, ModelProvider>
  aliases: ReadonlyMap<string, ModelAlias>
}

/** A name such as `openai:1`: the model of a provider for a level of complexity. */
const LEVEL = /^([A-Za-z0-9][\w-]{0,63}):([0-2])$/

/** The model that a name means: of an alias, or of a provider's level (`openai:1`). */
export function findModel(
  { aliases, providers }: Pick<ModelAliases, 'aliases' | 'providers'>,
  name: string,
): ModelAlias | undefined {
  return aliases.get(name) ?? levelOf(name, providers)
}

/** Whether a name has the form of a provider's level. */
export const isLevel = (name: string): boolean => LEVEL.test(name)

function levelOf(name: string, providers: ReadonlyMap<string, ModelProvider>): ModelAlias | undefined {
  const [, of = '', level] = LEVEL.exec(name) ?? []
  const modelName = providers.get(of)?.levels[Number(level)]
  return modelName === undefined
    ? undefined
    : { name, provider: of, modelName, isDefault: false, fallback: [] }
}
