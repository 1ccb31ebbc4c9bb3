/** An opened server: its definition with everything derived from it, shared by all connections of a process. */
import type {
  PromptDefinition,
  ResourceDefinition,
  ServerDefinition,
  ToolDefinition,
  V1Definition,
} from '../protocol/define.ts'
import { isTemplate } from '../protocol/define.ts'
import { type Descriptor, describeServer } from '../protocol/descriptor.ts'
import { withNames } from '../protocol/names.ts'
import { Room } from '../protocol/room.ts'
import type { Static, TObject } from '../protocol/schema.ts'
import { SETTINGS_KEY, type Validator, type Validators, v1Key } from '../protocol/validator.ts'
import { isRecord } from '../protocol/values.ts'
import { Handlers } from './handlers.ts'
import type { Untold } from './notices.ts'
import { StateSeal } from './request-state.ts'
import { stateKey } from './state-key.ts'
import { Subscriptions } from './subscriptions.ts'

/** Where the framework logs to; pino's loggers fit. */
export interface Log {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

export interface ServiceHost {
  stateDirectory: string | undefined
  env: Readonly<Record<string, string | undefined>>
  log: Log
  /** Where `<server>.yaml` is; `/etc/llmbasedos` without. */
  configurationDirectory?: string | undefined
  /** Reads it; needed by servers that have settings. */
  readSettings?: SettingsReader | undefined
  memory?: MemoryLimits
}

/** Reads the settings of a server (settings.ts). */
export type SettingsReader = (
  server: { name: string; settings: TObject },
  validate: Validator,
  host: Pick<ServiceHost, 'configurationDirectory' | 'env'>,
) => Promise<unknown>

/** How much may be held of long messages (pieces.ts), over all callers, in bytes. */
export interface MemoryLimits {
  /** Answers that were not taken yet. */
  answers: number
  /** Requests whose handlers run. */
  requests: number
}

/** An answer is there several times while it is made, and a request while it is read: all within what a unit may take. */
export const MEMORY: MemoryLimits = { answers: 64 * 1024 * 1024, requests: 32 * 1024 * 1024 }

/** Of the room for answers, what one client may have. */
export const OF_CLIENT = 1 / 4

/** A tool with its validators. */
export interface ServedTool {
  definition: ToolDefinition<unknown>
  input: Validator
  output: Validator | undefined
}

/** A v1 method with its validators. */
export interface ServedV1 {
  definition: V1Definition<unknown>
  input: Validator
  result: Validator
}

export class Service {
  readonly definition: ServerDefinition<unknown>
  /** Its texts name its tools as this server does. */
  readonly descriptor: Descriptor
  readonly deps: unknown
  readonly log: Log
  readonly seal: StateSeal
  readonly handlers = new Handlers()
  /** For long answers, and for long requests. */
  readonly answers: Room
  readonly requests: Room
  /** What callers do not take of what their calls tell. */
  readonly untold: Untold = { length: 0, requests: 0 }
  readonly subscriptions: Subscriptions
  readonly tools: ReadonlyMap<string, ServedTool>
  /** By verb. */
  readonly v1: ReadonlyMap<string, ServedV1>
  readonly prompts: ReadonlyMap<string, PromptDefinition<unknown>>
  /** Resources with a fixed URI. */
  readonly resources: ReadonlyMap<string, ResourceDefinition<unknown>>
  /** Resources with a template, in the order in which they are tried. */
  readonly templates: ReadonlyMap<string, ResourceDefinition<unknown>>

  constructor(
    definition: ServerDefinition<unknown>,
    tools: ReadonlyMap<string, ServedTool>,
    v1: ReadonlyMap<string, ServedV1>,
    deps: unknown,
    host: ServiceHost,
  ) {
    this.definition = definition
    this.descriptor = withNames(describeServer(definition), (tool) => tool)
    this.deps = deps
    this.log = host.log
    const { answers, requests } = host.memory ?? MEMORY
    this.answers = new Room(answers, answers * OF_CLIENT)
    this.requests = new Room(requests)
    this.tools = tools
    this.v1 = v1
    this.prompts = new Map((definition.prompts ?? []).map((prompt) => [prompt.name, prompt]))
    const resources = (definition.resources ?? []).map((resource) => [resource.uri, resource] as const)
    this.resources = new Map(resources.filter(([uri]) => !isTemplate(uri)))
    this.templates = new Map(resources.filter(([uri]) => isTemplate(uri)))
    this.subscriptions = new Subscriptions(definition)
    this.seal = new StateSeal(lazyKey(host))
  }

  /** Tells the server that a client's session has ended. */
  sessionEnded(params: unknown): void {
    const session = isRecord(params) ? params.session : undefined
    if (typeof session === 'string') this.definition.sessionEnded?.(session, this.deps)
  }

  /** Releases what the server opened, once its handlers have returned or had `graceMs` to do so. */
  async close(graceMs: number): Promise<void> {
    await this.handlers.quiet(graceMs)
    await this.definition.close?.(this.deps)
  }
}

function lazyKey({ stateDirectory, log }: ServiceHost): () => Buffer {
  let key: Buffer | undefined
  return () => {
    key ??= stateKey(stateDirectory, (err) =>
      log.warn({ err }, 'request states last only as long as this process: their key could not be kept'),
    )
    return key
  }
}

/** Opens a server. Throws if its definition is not one that can be served, or whatever its `open` throws. */
export async function openService<Deps>(
  server: ServerDefinition<Deps>,
  validators: Validators,
  host: ServiceHost,
): Promise<Service> {
  const definition = server as ServerDefinition<unknown>
  const tools = new Map(definition.tools.map((tool) => [tool.name, withValidators(tool, validators)]))
  const v1 = new Map(
    (definition.v1 ?? []).map((method) => [method.verb, withV1Validators(method, validators)]),
  )
  const deps = await definition.open({
    ...host,
    config: (schema) => settingsOf(definition, schema, validators, host),
  })
  return new Service(definition, tools, v1, deps, host)
}

/** The server's own settings. */
async function settingsOf<S extends TObject>(
  { name, settings }: ServerDefinition<unknown>,
  schema: S,
  validators: Validators,
  host: ServiceHost,
): Promise<Static<S>> {
  if (schema !== settings)
    throw new Error(`The schema of "${name}.yaml" is not the one that its definition has as "settings".`)
  const found = validators[SETTINGS_KEY]
  if (!found) throw new Error(`"${name}.yaml" has no validator; run "make generate".`)
  if (!host.readSettings)
    throw new Error(
      `"${name}.yaml" has no reader; give serve { readSettings } in main.ts (framework/settings.ts).`,
    )
  return (await host.readSettings({ name, settings: schema }, found.input, host)) as Static<S>
}

function withV1Validators(definition: V1Definition<unknown>, validators: Validators): ServedV1 {
  const found = validators[v1Key(definition.verb)]
  if (!found?.output)
    throw new Error(`The v1 method "${definition.verb}" has no validator; run "make generate".`)
  return { definition, input: found.input, result: found.output }
}

function withValidators(definition: ToolDefinition<unknown>, validators: Validators): ServedTool {
  const found = Object.hasOwn(validators, definition.name) ? validators[definition.name] : undefined
  if (!found || (definition.output && !found.output))
    throw new Error(`The tool "${definition.name}" has no validator; run "make generate".`)
  return { definition, input: found.input, output: definition.output && found.output }
}
