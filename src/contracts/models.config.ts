/**
 * `models.yaml`: names for language models, and the servers that have them. The gateway reads it to choose a model, and
 * servers/llm-remote to know whom it may reach; keys are in neither, they are secrets of that server.
 */
import type { Static } from 'typebox'
import { defineConfig, type Environment, type TellMistake } from '../protocol/config.ts'
import * as Type from '../protocol/schema.ts'
import {
  findModel,
  isLevel,
  LOCAL,
  type ModelAlias,
  type ModelAliases,
  type ModelProvider,
  REMOTE_SERVER,
} from './model-aliases.ts'

const LEVELS = 3
const OPENAI = { name: 'openai', baseUrl: 'https://api.openai.com/v1' }
const LLAMA_CPP = 'llama_cpp'
const NAME = '^[A-Za-z0-9][\\w-]{0,63}$'
const A_NAME = 'a name of 1 to 64 letters, digits, "_" and "-" that begins with a letter or digit'
const noSecrets = `must not be here: keys are not kept in files. Remove it, treat the key as leaked, and set a new one with "luca secret set ${REMOTE_SERVER} PROVIDER"`

const name = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))
const address = (description: string) =>
  Type.Optional(
    Type.String({ minLength: 1, allowed: 'a URL that begins with http:// or https://', description }),
  )

const Provider = Type.Object(
  {
    api_base_url: address('The base URL of its API, `https://` or `http://`, without a key.'),
    secret: Type.Optional(
      Type.String({
        pattern: NAME,
        allowed: A_NAME,
        description: "The secret that holds its key; by default the provider's name.",
      }),
    ),
    timeout_seconds: Type.Integer({
      default: 60,
      minimum: 1,
      maximum: 3600,
      unit: 'seconds',
      description: 'After how long without data a call fails.',
    }),
    retries: Type.Integer({
      default: 2,
      minimum: 0,
      maximum: 10,
      description: 'How often a call is retried after 429, 5xx and timeouts.',
    }),
    levels: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'Three of its models, for complexity 0, 1 and 2.',
    }),
  },
  { noSecrets },
)

const Model = Type.Object(
  {
    provider: name(
      'Where it runs: one of `providers`, `openai`, or `local`, which is this machine and the default.',
    ),
    model_name: name('Its name there; by default NAME.'),
    api_base_url: address(
      'The base URL of a server without an entry in `providers`; this makes a provider of that name.',
    ),
    is_default: Type.Boolean({
      default: false,
      description: 'Whether it answers requests that name no model.',
    }),
    context: Type.Optional(
      Type.Integer({
        minimum: 256,
        maximum: 100_000_000,
        unit: 'tokens',
        description:
          'The length of its context: how many tools fit into it, and when a conversation is summarised. By default 32768.',
      }),
    ),
    tools: Type.Enum(['none', 'auto'], {
      default: 'none',
      description:
        'With `auto` it is given the tools of this machine, in every client that brings none of its own.',
    }),
    fallback: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'The models to try if it fails, in this order.',
    }),
  },
  { noSecrets },
)

const ModelsFile = Type.Object(
  {
    default_provider: name(
      'The provider whose default answers requests that name no model; by default that of the variable `LLMBDO_DEFAULT_LLM_PROVIDER`.',
    ),
    providers: Type.Optional(
      Type.ByName(Provider, {
        pattern: NAME,
        names: A_NAME,
        description: 'The servers that run models, by names that you choose.',
      }),
    ),
    models: Type.Optional(
      Type.ByName(Model, {
        pattern: '^[^\\p{C}\\s]{1,100}$',
        names: 'a name of 1 to 100 characters without spaces',
        description: 'The names that clients ask for.',
      }),
    ),
  },
  { noSecrets },
)
type ModelsFile = Static<typeof ModelsFile>
type Provider = Static<typeof Provider>
type Model = Static<typeof Model>
type Providers = Map<string, ModelProvider>

const NO_SETTINGS: Provider = { timeout_seconds: 60, retries: 2, levels: [] }

export const config = defineConfig({ name: 'models', schema: ModelsFile, derive: modelAliases })

/** What the file says, and what older variables of the environment do. */
function modelAliases(file: ModelsFile, tell: TellMistake, env: Environment): ModelAliases {
  const providers: Providers = new Map([[LOCAL, providerOf(LOCAL, NO_SETTINGS)]])
  for (const [name, written] of Object.entries(file.providers ?? {})) {
    checkProvider(name, written, tell)
    providers.set(name, providerOf(name, written))
  }
  const aliases = new Map<string, ModelAlias>()
  for (const [name, model] of Object.entries(file.models ?? {}))
    aliases.set(name, aliasOf(name, model, providers, tell))
  addFromEnvironment(providers, aliases, env, tell)
  const defaultProvider = file.default_provider ?? env.LLMBDO_DEFAULT_LLM_PROVIDER
  if (defaultProvider && !providers.has(defaultProvider))
    tell(
      [file.default_provider === undefined ? 'LLMBDO_DEFAULT_LLM_PROVIDER' : 'default_provider'],
      unknownProvider(providers),
    )
  for (const { name, fallback } of aliases.values())
    for (const [i, other] of fallback.entries())
      if (isLevel(other) && !findModel({ aliases, providers }, other))
        tell(['models', name, 'fallback', i], 'names a level that no provider has')
  return { defaultProvider: defaultProvider || undefined, providers, aliases }
}

function checkProvider(name: string, { api_base_url: url, levels }: Provider, tell: TellMistake): void {
  const path = ['providers', name]
  if (name === LOCAL && url !== undefined)
    tell([...path, 'api_base_url'], 'must not be set: "local" is this machine. Give the server another name')
  if (name !== LOCAL && name !== OPENAI.name && url === undefined)
    tell(path, 'needs api_base_url, such as http://127.0.0.1:11434/v1')
  checkUrl([...path, 'api_base_url'], url, tell)
  if (levels.length > 0 && levels.length !== LEVELS)
    tell([...path, 'levels'], `must name ${LEVELS} models, for complexity 0, 1 and 2`)
}

function providerOf(name: string, written: Provider): ModelProvider {
  const url = written.api_base_url ?? (name === OPENAI.name ? OPENAI.baseUrl : undefined)
  return {
    name,
    baseUrl: url === undefined ? undefined : bare(url),
    secret: written.secret ?? name,
    timeoutMs: written.timeout_seconds * 1000,
    retries: written.retries,
    levels: written.levels,
  }
}

function aliasOf(name: string, model: Model, providers: Providers, tell: TellMistake): ModelAlias {
  const path = ['models', name]
  const { api_base_url: url, provider = url === undefined ? LOCAL : name } = model
  checkUrl([...path, 'api_base_url'], url, tell)
  // A model that brings its own address makes its provider; so one line is enough for a server.
  if (!providers.has(provider) && (url !== undefined || provider === OPENAI.name)) {
    if (!new RegExp(NAME).test(provider))
      tell([...path, 'provider'], `must be ${A_NAME}; the model's own name holds without it`)
    providers.set(provider, providerOf(provider, { ...NO_SETTINGS, ...(url && { api_base_url: url }) }))
  }
  const known = providers.get(provider)
  if (!known) tell([...path, 'provider'], unknownProvider(providers))
  else if (url !== undefined && known.baseUrl !== bare(url))
    tell(
      [...path, 'api_base_url'],
      `is not that of the provider "${provider}"; give each server a name of its own in "providers"`,
    )
  const { model_name: modelName = name, is_default: isDefault, context, fallback, tools } = model
  return { name, provider, modelName, isDefault, context, fallback, ...(tools === 'auto' ? { tools } : {}) }
}

/** The variables that the older llmbasedos knew; its OPENAI_API_KEY is a secret here. */
function addFromEnvironment(
  providers: Providers,
  aliases: Map<string, ModelAlias>,
  env: Environment,
  tell: TellMistake,
): void {
  if (env.OPENAI_API_BASE_URL) {
    checkUrl(['OPENAI_API_BASE_URL'], env.OPENAI_API_BASE_URL, tell)
    providers.set(OPENAI.name, {
      ...(providers.get(OPENAI.name) ?? providerOf(OPENAI.name, NO_SETTINGS)),
      baseUrl: bare(env.OPENAI_API_BASE_URL),
    })
  }
  const url = env.LLAMA_CPP_API_BASE_URL
  if (!url) return
  checkUrl(['LLAMA_CPP_API_BASE_URL'], url, tell)
  providers.set(LLAMA_CPP, providerOf(LLAMA_CPP, { ...NO_SETTINGS, api_base_url: url }))
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

/** Tells of what a pattern can't see in an address. */
function checkUrl(path: readonly string[], text: string | undefined, tell: TellMistake): void {
  if (text === undefined) return
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol))
    tell(path, 'must be a URL that begins with http:// or https://')
  else if (url.username || url.password || url.search || url.hash)
    tell(path, 'must be an address alone, without a name, a key or a query in it')
}

const bare = (url: string): string => url.replace(/\/+$/, '')

const unknownProvider = (providers: Providers): string =>
  `names a provider that is not there; there are ${[...providers.keys()].join(', ')}`
