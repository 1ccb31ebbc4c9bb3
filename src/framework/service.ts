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
import { type Validator, type Validators, v1Key } from '../protocol/validator.ts'
import { isRecord } from '../protocol/values.ts'
import { Background } from './background.ts'
import { Handlers } from './handlers.ts'
import type { Untold } from './notices.ts'
import { Opening } from './opening.ts'
import { type StateSeal, stateSeal } from './request-state.ts'
import type { Secrets } from './secrets.ts'
import { type Log, type MemoryLimits, openDeps, type ServiceHost } from './server-host.ts'
import { stateKey } from './state-key.ts'
import { Subscriptions } from './subscriptions.ts'

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
  readonly secrets: Secrets
  readonly seal: StateSeal
  readonly #opening: Opening
  readonly handlers = new Handlers()
  readonly background: Background
  /** For long answers, and for long requests. */
  readonly answers: Room
  readonly requests: Room
  /** For long answers to what handlers ask, until they have come. */
  readonly given: Room
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
    opening: Opening,
    background: Background,
    subscriptions: Subscriptions,
  ) {
    this.definition = definition
    this.descriptor = withNames(describeServer(definition), (tool) => tool)
    this.deps = deps
    this.#opening = opening
    this.background = background
    this.log = host.log
    this.secrets = host.secrets
    const { answers, requests } = host.memory ?? MEMORY
    this.answers = new Room(answers, answers * OF_CLIENT)
    this.requests = new Room(requests)
    this.given = new Room(requests)
    this.tools = tools
    this.v1 = v1
    this.prompts = new Map((definition.prompts ?? []).map((prompt) => [prompt.name, prompt]))
    const resources = (definition.resources ?? []).map((resource) => [resource.uri, resource] as const)
    this.resources = new Map(resources.filter(([uri]) => !isTemplate(uri)))
    this.templates = new Map(resources.filter(([uri]) => isTemplate(uri)))
    this.subscriptions = subscriptions
    this.seal = stateSeal(lazyKey(host))
  }

  /** Tells the server that a client's session has ended. */
  sessionEnded(params: unknown): void {
    const session = isRecord(params) ? params.session : undefined
    if (typeof session === 'string') this.definition.sessionEnded?.(session, this.deps)
  }

  /**
   * Releases all that was opened, in reverse, once handlers and works have returned or had `graceMs` to do so, which for works began when
   * they were asked to stop. Never rejects.
   */
  async close(graceMs: number): Promise<void> {
    await Promise.all([this.handlers.quiet(graceMs), this.background.ended(graceMs)])
    await this.#opening.release()
  }
}

function lazyKey({ directories, log }: ServiceHost): () => Buffer {
  let key: Buffer | undefined
  return () => {
    key ??= stateKey(directories.state, (err) =>
      log.warn({ err }, 'request states last only as long as this process: their key could not be kept'),
    )
    return key
  }
}

/**
 * Opens a server. Rejects if its definition is not one that can be served, and with an OpeningError where something can't be had;
 * what was opened until then is released.
 */
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
  const opening = new Opening(host.log)
  const background = new Background({
    server: definition.name,
    works: definition.background ?? {},
    clock: host.clock,
    log: host.log,
    folder: host.directories.state ?? host.directories.cache,
  })
  try {
    const subscriptions = new Subscriptions(definition)
    const tells = { changed: subscriptions, hurry: subscriptions.hurry }
    const deps = await openDeps(definition, validators, host, opening, background, tells)
    background.open(deps)
    return new Service(definition, tools, v1, deps, host, opening, background, subscriptions)
  } catch (error) {
    await opening.release()
    throw error
  }
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
