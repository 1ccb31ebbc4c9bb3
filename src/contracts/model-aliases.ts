/**
 * `models.yaml`: names for language models, and the servers that have them. The gateway reads it to choose a model, and
 * servers/llm-remote to know whom it may reach; keys are in neither, they are secrets of that server.
 */
import { isRecord, isWhole } from '../protocol/values.ts'

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
  /** How many tokens it can see at once; undefined where nobody said. */
  context?: number | undefined
  /** Names that are tried in its place, in this order, when it can't answer. */
  fallback: readonly string[]
}

export interface ModelAliases {
  defaultProvider: string | undefined
  providers: ReadonlyMap<string, ModelProvider>
  aliases: ReadonlyMap<string, ModelAlias>
}

const LEVELS = 3
const NAME = /^[A-Za-z0-9][\w-]{0,63}$/
/** A name such as `openai:1`: the model of a provider for a level of complexity. */
const LEVEL = /^([A-Za-z0-9][\w-]{0,63}):([0-2])$/
const OPENAI = { name: 'openai', baseUrl: 'https://api.openai.com/v1' }
const LLAMA_CPP = 'llama_cpp'
const TIMEOUT_SECONDS = { fallback: 60, least: 1, most: 3600 }
const CONTEXT = { fallback: 0, least: 256, most: 100_000_000 }
const RETRIES = { fallback: 2, least: 0, most: 10 }

/**
 * What the file says, and what older variables of the environment do. `value` is undefined where there is no file.
 * Throws an Error whose message says what is wrong, and where.
 */
export function readModelAliases(
  value: unknown,
  env: Readonly<Record<string, string | undefined>> = {},
): ModelAliases {
  const file = fieldsOf(value ?? {}, 'it', ['default_provider', 'providers', 'models'])
  const providers = new Map([[LOCAL, provider(LOCAL, {})]])
  for (const [name, fields] of Object.entries(record(file.providers, 'providers')))
    providers.set(name, provider(name, fields))
  const aliases = new Map<string, ModelAlias>()
  for (const [name, fields] of Object.entries(record(file.models, 'models')))
    aliases.set(name, alias(name, fields, providers))
  addFromEnvironment(providers, aliases, env)
  const defaultProvider = optionalText(file, 'default_provider', 'it') ?? env.LLMBDO_DEFAULT_LLM_PROVIDER
  if (defaultProvider && !providers.has(defaultProvider)) throw unknownProvider('default_provider', providers)
  for (const { name, fallback } of aliases.values())
    for (const other of fallback)
      if (LEVEL.test(other) && !levelOf(other, providers))
        throw new Error(`"models.${name}.fallback" names "${other}", a level that no provider has`)
  return { defaultProvider: defaultProvider || undefined, providers, aliases }
}

/** The model that a name means: of an alias, or of a provider's level (`openai:1`). */
export function findModel(
  { aliases, providers }: Pick<ModelAliases, 'aliases' | 'providers'>,
  name: string,
): ModelAlias | undefined {
  return aliases.get(name) ?? levelOf(name, providers)
}

function levelOf(name: string, providers: ReadonlyMap<string, ModelProvider>): ModelAlias | undefined {
  const [, of = '', level] = LEVEL.exec(name) ?? []
  const modelName = providers.get(of)?.levels[Number(level)]
  return modelName === undefined
    ? undefined
    : { name, provider: of, modelName, isDefault: false, fallback: [] }
}

function provider(name: string, given: unknown): ModelProvider {
  const where = `providers.${name}`
  checkName(name, 'providers')
  const fields = fieldsOf(given, where, ['api_base_url', 'secret', 'timeout_seconds', 'retries', 'levels'])
  const url = optionalText(fields, 'api_base_url', where)
  if (name === LOCAL && url !== undefined)
    throw new Error(`"${LOCAL}" is this machine and has no api_base_url; give the server another name`)
  const baseUrl = url ?? (name === OPENAI.name ? OPENAI.baseUrl : undefined)
  if (name !== LOCAL && baseUrl === undefined)
    throw new Error(`"${where}" needs api_base_url, such as http://127.0.0.1:11434/v1`)
  const levels = names(fields, 'levels', where)
  if (levels.length > 0 && levels.length !== LEVELS)
    throw new Error(`"${where}.levels" must name ${LEVELS} models, for complexity 0, 1 and 2`)
  const secret = optionalText(fields, 'secret', where) ?? name
  checkName(secret, `${where}.secret`)
  return {
    name,
    baseUrl: baseUrl && checkedUrl(baseUrl, `${where}.api_base_url`),
    secret,
    timeoutMs: whole(fields, 'timeout_seconds', where, TIMEOUT_SECONDS) * 1000,
    retries: whole(fields, 'retries', where, RETRIES),
    levels,
  }
}

function alias(name: string, given: unknown, providers: Map<string, ModelProvider>): ModelAlias {
  const where = `models.${name}`
  if (!/^[^\p{C}\s]{1,100}$/u.test(name)) throw new Error(`"${name}" is no name for a model`)
  const fields = fieldsOf(given, where, [
    ...['provider', 'model_name', 'api_base_url', 'is_default', 'context', 'fallback'],
  ])
  const modelName = optionalText(fields, 'model_name', where) ?? name
  const { is_default: isDefault = false } = fields
  if (typeof isDefault !== 'boolean') throw new Error(`"${where}.is_default" must be true or false`)
  const url = optionalText(fields, 'api_base_url', where)
  const of = optionalText(fields, 'provider', where) ?? (url === undefined ? LOCAL : name)
  // A model that brings its own address makes its provider; so one line is enough for a server.
  if (!providers.has(of) && (url !== undefined || of === OPENAI.name))
    providers.set(of, provider(of, url === undefined ? {} : { api_base_url: url }))
  const known = providers.get(of)
  if (!known) throw unknownProvider(`${where}.provider`, providers)
  if (url !== undefined && known.baseUrl !== checkedUrl(url, `${where}.api_base_url`))
    throw new Error(
      `"${where}.api_base_url" is not that of the provider "${of}"; give each server a name of its own in "providers"`,
    )
  const context = isSet(fields.context) ? whole(fields, 'context', where, CONTEXT) : undefined
  return { name, provider: of, modelName, isDefault, context, fallback: names(fields, 'fallback', where) }
}

/** The variables that the older llmbasedos knew; its OPENAI_API_KEY is a secret here. */
function addFromEnvironment(
  providers: Map<string, ModelProvider>,
  aliases: Map<string, ModelAlias>,
  env: Readonly<Record<string, string | undefined>>,
): void {
  if (env.OPENAI_API_BASE_URL)
    providers.set(OPENAI.name, {
      ...(providers.get(OPENAI.name) ?? provider(OPENAI.name, {})),
      baseUrl: checkedUrl(env.OPENAI_API_BASE_URL, 'OPENAI_API_BASE_URL'),
    })
  const url = env.LLAMA_CPP_API_BASE_URL
  if (!url) return
  const baseUrl = checkedUrl(url, 'LLAMA_CPP_API_BASE_URL')
  providers.set(LLAMA_CPP, provider(LLAMA_CPP, { api_base_url: baseUrl }))
  const modelName = env.LLAMA_CPP_DEFAULT_MODEL || 'default'
  if (!aliases.has(modelName))
    aliases.set(modelName, {
      name: modelName,
      provider: LLAMA_CPP,
      modelName,
      isDefault: true,
      fallback: [],
    })
}

function fieldsOf(value: unknown, where: string, known: readonly string[]): Record<string, unknown> {
  const subject = where === 'it' ? 'it' : `"${where}"`
  if (value === null) return {}
  if (!isRecord(value)) throw new Error(`${subject} must be a mapping`)
  for (const key of Object.keys(value)) {
    if (/key|token|password/i.test(key))
      throw new Error(
        `${subject} has "${key}", and keys are not kept in files: remove it, take the key for spoilt, and give a new one with "luca secret set ${REMOTE_SERVER} PROVIDER"`,
      )
    if (!known.includes(key))
      throw new Error(`${subject} has an unknown key "${key.slice(0, 40)}"; there are ${known.join(', ')}`)
  }
  return value
}

const record = (value: unknown, where: string): Record<string, unknown> => {
  if (value === undefined || value === null) return {}
  if (!isRecord(value)) throw new Error(`"${where}" must be a mapping from names`)
  return value
}

function optionalText(fields: Record<string, unknown>, key: string, where: string): string | undefined {
  const value = fields[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || value === '') throw new Error(`"${where}.${key}" must be a text`)
  return value
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null

function names(fields: Record<string, unknown>, key: string, where: string): string[] {
  const value = fields[key] ?? []
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string' && item !== ''))
    throw new Error(`"${where}.${key}" must be a list of names`)
  return value
}

function whole(
  fields: Record<string, unknown>,
  key: string,
  where: string,
  { fallback, least, most }: { fallback: number; least: number; most: number },
): number {
  const value = fields[key] ?? fallback
  if (!isWhole(value, least, most))
    throw new Error(`"${where}.${key}" must be a whole number from ${least} to ${most}`)
  return value
}

function checkName(name: string, where: string): void {
  if (!NAME.test(name))
    throw new Error(`"${where}" has "${name.slice(0, 40)}", which is no name: letters, digits, "_" and "-"`)
}

function checkedUrl(text: string, where: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(`"${where}" must be a URL that begins with http:// or https://`)
  if (url.username || url.password || url.search || url.hash)
    throw new Error(`"${where}" must be an address alone, without a name, a key or a query in it`)
  return text.replace(/\/+$/, '')
}

const unknownProvider = (where: string, providers: ReadonlyMap<string, ModelProvider>) =>
  new Error(`"${where}" names a provider that is not there; there are ${[...providers.keys()].join(', ')}`)
