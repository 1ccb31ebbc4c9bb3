/**
 * Definitions: what a server offers, each thing said once. Validators, descriptors, documentation and
 * completion are derived from these.
 */
import type { Static, TObject, TSchema } from 'typebox'
import type { Database } from './database.ts'
import type { Events, Heard } from './events.ts'
import type {
  CacheHint,
  CallToolResult,
  ClientCapabilities,
  ContentBlock,
  InputRequests,
  InputResponses,
  LoggingLevel,
  PromptMessage,
  ResourceContents,
  ToolAnnotations,
} from './mcp.ts'
import type { ChatDelta, Delta, ModelStatus } from './model-delta.ts'
import type { UntrustedSource } from './tool-error.ts'
import type { WakeList, Waking } from './wake.ts'

export {
  CallError,
  type May,
  type NameOf,
  ToolError,
  type ToolErrorKind,
  UNTRUSTED_SOURCES,
  type UntrustedSource,
} from './tool-error.ts'

/** A conversation, and what OpenAI's chat API takes besides: `model`, `max_tokens`, `temperature`, `tools`, `response_format` … */
export interface ChatRequest {
  messages: readonly { role: string; [key: string]: unknown }[]
  [parameter: string]: unknown
}

/** A completion in OpenAI's shape, as the model gave it. */
export interface ChatAnswer {
  model: string
  choices: {
    index: number
    message: ChatDelta
    finish_reason: string | null
  }[]
  usage: { prompt_tokens: number; completion_tokens?: number; total_tokens: number }
  [key: string]: unknown
}

export interface CallOptions {
  /** Aborting it ends the one call, and rejects with its reason. The end of the handler's own call does so without. */
  signal?: AbortSignal
}

/**
 * What a handler may have others do, on behalf of its caller: never more than the caller may do itself, and of that only what
 * the definition's `calls` names. Rights, rates, quotas, consent and the audit log count each call as one of the caller's.
 *
 * Calls end with the handler's own call, however that ends, and within its deadline. They go 4 deep, and there are 1 000
 * within one outermost call. Where one needs a person's consent, it waits for that.
 *
 * All reject with a CallError where a call is not made or breaks off, by whose `code` a handler can go: FORBIDDEN for what the
 * caller or this server may not use, and for calls that go too deep; RATE_LIMITED for a limit, which `data.limit` names;
 * INVALID_PARAMS for what there is not; INTERNAL where the other server failed. Where its own call ends they reject with an
 * AbortError. A handler that catches none of it fails in the words of the error.
 */
export interface GatewayCalls {
  /**
   * Calls a tool by its name as clients at `/mcp` see it, such as `fs_read_text_file`. Rejects with a ToolError where the tool
   * fails, or a person does not agree: its message is the tool's own. Where others wrote what the result says, the
   * handler's own result is marked so too.
   */
  callTool(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<CallToolResult>
  /** Reads a resource. Marks the handler's result as `callTool` does. */
  readResource(uri: string, options?: CallOptions): Promise<ResourceContents[]>
  /**
   * Has a language model answer, within the caller's quotas. `onDelta` is given the parts of the first choice as they come;
   * what it returns is awaited before more is taken. `onStep` is given what is told on the way of the loop in which a model
   * calls tools, as it came (contracts/tool-loop.ts).
   */
  chat(
    request: ChatRequest,
    options?: CallOptions & { onDelta?(delta: ChatDelta): unknown; onStep?(step: unknown): void },
  ): Promise<ChatAnswer>
  /** How many tokens a conversation has for the model that would answer it. */
  countTokens(request: ChatRequest, options?: CallOptions): Promise<TokenCount>
  /** A vector for each text, in their order, by the default model for that, or the one that `model` names. */
  embed(texts: readonly string[], options?: CallOptions & { model?: string }): Promise<number[][]>
  /** The language models that the caller may use. */
  models(options?: CallOptions): Promise<GatewayModel[]>
}

export interface TokenCount {
  readonly tokens: number
  /** How many the model can see at once; undefined where that is not known. */
  readonly context: number | undefined
}

/** A language model that the gateway reaches. */
export interface GatewayModel {
  readonly name: string
  /** Where it is: `local` for this machine, else the provider of models.yaml. */
  readonly provider: string
  /** Such as `chat` or `embedding`; undefined where that is not known. */
  readonly kind?: string
}

/** What a handler may do besides returning its result. Lives as long as the call. */
export interface ToolContext {
  /** Who calls, as an opaque id, and the client session it is part of; undefined where there is none. */
  readonly caller: string | undefined
  readonly session: string | undefined
  /** What the caller's client can be asked. */
  readonly clientCapabilities: ClientCapabilities
  /** Whether bytes of the result may be given as `attached`, where they need no base64. */
  readonly attaches: boolean
  /** Aborted when the caller cancels, disconnects or the deadline passes. Handlers stop as soon as they can. */
  readonly signal: AbortSignal
  /** Tells how far the work is; dropped unless the caller asked for it. `progress` must grow from call to call. */
  progress(progress: number, total?: number, message?: string): void
  /**
   * Of a server of models: sends the next part of an answer, and gives how long that is as it is sent, in characters. Dropped, with 0,
   * unless the caller asked for it.
   */
  sendDelta(delta: Delta): number
  /** Of a server of models: sends what the answer waits for; dropped unless the caller asked for deltas. */
  sendModelStatus(status: ModelStatus): void
  /**
   * Resolves once the caller has taken most of what was sent; undefined where it keeps up. A handler that tells as much as
   * comes from elsewhere waits for it: a call whose caller is too far behind fails.
   */
  drained(): Promise<void> | undefined
  /**
   * Resolves once the server may hold an answer of about so many bytes, which is to be said before it is made: answers that
   * their callers do not take would fill the memory. Undefined where it may at once; rejects when the call ends.
   */
  room(bytes: number): Promise<void> | undefined
  /** Sends a log message to the caller; dropped unless the caller asked for that level. */
  log(level: LoggingLevel, data: unknown, logger?: string): void
  /**
   * Asks the caller's client and gives its answers, by key. The handler is run anew from its start once they
   * are there, and earlier answers are given again: do nothing that must not happen twice before the last
   * `ask`. Throws MISSING_CAPABILITY if the client did not declare it can be asked so.
   */
  ask(requests: InputRequests): Promise<InputResponses>
  /**
   * Returns where a person agreed to what is about to be destroyed. Else it throws: the call ends, and the handler is run
   * anew from its start once a person agreed. Only for what says `asksItself`, and only after the last `ask`. `what` goes
   * on after "would", such as `replace "/a.txt"`; `state` names what is destroyed as it is now, so that a consent to the
   * one is none to what has taken its place. `text` is shown as well, line by line. With `eachTime` no answer holds for an hour.
   */
  consent(what: string, state: string, more?: { text?: string; eachTime?: true }): void
  /**
   * Whether a person must agree to any change, as a language model asks for it that has read what others wrote: a tool that `asksItself` calls
   * `consent` then also for what destroys nothing, such as a file that is new.
   */
  readonly mustAsk: boolean
  /**
   * Whether the caller may use what needs this capability of the server, such as `fs.list`: an answer tells nothing that
   * the caller could not ask for.
   */
  may(capability: string): boolean
  /** One of this server's tools as the caller knows it; for texts of an answer. Errors need it not. */
  nameOf(tool: string): string
  /** Calls of other servers, on behalf of the caller. */
  readonly gateway: GatewayCalls
  /**
   * Starts a work of the definition's `background`, which goes on when this call has ended. Resolves once that is kept: neither a kill
   * nor a stop of the process loses the work. Throws for a name that the definition has not.
   */
  background(name: string): Promise<void>
  /** Wakes this server later, for its `woken`. */
  readonly wake: WakeList
  /** Tells other servers of the user what has happened, and hears them. */
  readonly events: Events
  /** Tells whoever listens that a list has changed, or a resource has. */
  readonly changed: { tools(): void; prompts(): void; resources(): void; resource(uri: string): void }
}

/** What a tool gives back. Without `content`, the structured value is also given as text, for older clients. */
export interface ToolReply<T = unknown> {
  content?: ContentBlock[]
  structured?: T
  /** Bytes that go beside the result, for a caller that asked for that (`ToolContext.attaches`). */
  attached?: Buffer
  /** Whether the call failed, in a way that the content tells. */
  isError?: boolean
}

export interface ToolSpec<Deps, I extends TSchema, O extends TSchema> {
  name: string
  title: string
  description: string
  /** What tiers and tokens grant, such as `fs.read`. */
  capability: `${string}.${string}`
  /** Another one without which it is not offered: what its answer tells goes beyond what the first allows. */
  alsoNeeds?: `${string}.${string}`
  input: I
  /** Schema of the structured result; leave out if there is none. */
  output?: O
  annotations: Omit<ToolAnnotations, 'title'>
  /** Its handler finds out whether a call destroys anything, and calls `consent` before it does. */
  asksItself?: true
  /** The arguments that say what is at stake, such as paths, recipients and commands: the person who is asked sees them first. */
  stake?: readonly string[]
  /** Whose words the result carries, if they are not ours. */
  untrusted?: UntrustedSource
  handler(args: Static<I>, call: ToolContext, deps: Deps): Promise<ToolReply<Static<O>> | string>
}

/** A tool whose own schema types are forgotten, so that tools of all shapes fit in one list. */
export interface ToolDefinition<Deps = never> extends Omit<ToolSpec<Deps, TSchema, TSchema>, 'handler'> {
  // biome-ignore lint/suspicious/noExplicitAny: the arguments were validated against `input` before
  handler(args: any, call: ToolContext, deps: Deps): Promise<ToolReply | string>
}

/** Defines a tool, with its handler's types taken from the schemas. */
export const defineTool = <Deps, I extends TSchema, O extends TSchema>(
  spec: ToolSpec<Deps, I, O>,
): ToolDefinition<Deps> => spec as ToolDefinition<Deps>

/** A v1 method, `mcp.<server>.<verb>`, whose parameters or result are not those of a tool. */
export interface V1Spec<Deps, I extends TSchema, O extends TSchema> {
  verb: string
  description: string
  capability: `${string}.${string}`
  /** As of a tool. */
  alsoNeeds?: `${string}.${string}`
  /** The parameters by name. */
  input: I
  /** Their order where they are given by position. */
  positional: readonly string[]
  result: O
  /** Whether it can destroy something, so that it needs consent. */
  destructive: boolean
  /** Its handler finds out whether a call destroys anything, and calls `consent` before it does. */
  asksItself?: true
  /** The arguments that say what is at stake, such as paths, recipients and commands: the person who is asked sees them first. */
  stake?: readonly string[]
  untrusted?: UntrustedSource
  /** Gives the v1 result as it is. Throws a ToolError; its `kind` chooses the error code. */
  handler(args: Static<I>, call: ToolContext, deps: Deps): Promise<Static<O>>
}

export interface V1Definition<Deps = never> extends Omit<V1Spec<Deps, TSchema, TSchema>, 'handler'> {
  // biome-ignore lint/suspicious/noExplicitAny: the arguments were validated against `input` before
  handler(args: any, call: ToolContext, deps: Deps): Promise<unknown>
}

/** Defines a v1 method. */
export const defineV1 = <Deps, I extends TSchema, O extends TSchema>(
  spec: V1Spec<Deps, I, O>,
): V1Definition<Deps> => spec as V1Definition<Deps>

export interface PromptDefinition<Deps = never> {
  name: string
  title?: string
  description: string
  capability: `${string}.${string}`
  /** Whose words its messages are, if they are not ours. */
  untrusted?: UntrustedSource
  arguments?: { name: string; description?: string; required?: boolean }[]
  /** Suggests values for an argument that begin with what was typed. */
  complete?(argument: string, value: string, deps: Deps, call: ToolContext): Promise<string[]>
  handler(
    args: Record<string, string>,
    call: ToolContext,
    deps: Deps,
  ): Promise<{ description?: string; messages: PromptMessage[] }>
}

/** A resource with a fixed URI, or with a template (RFC 6570, level 1 and `{+name}`) in place of the URI. */
export interface ResourceDefinition<Deps = never> {
  uri: string
  name: string
  title?: string
  description?: string
  mimeType?: string
  capability: `${string}.${string}`
  /** Whose words its contents are, if they are not ours. */
  untrusted?: UntrustedSource
  cache?: CacheHint
  complete?(variable: string, value: string, deps: Deps, call: ToolContext): Promise<string[]>
  /** Undefined where there is no such resource. `variables` are the template's, decoded. */
  read(
    uri: string,
    variables: Record<string, string>,
    call: ToolContext,
    deps: Deps,
  ): Promise<ResourceContents[] | undefined>
}

/** The time, in milliseconds. */
export interface Clock {
  /** Since the epoch, as the machine says: who sets the machine's clock moves it, forward or back. */
  wall(): number
  /** Since some moment, by a clock that can't be set: what durations are measured by. */
  monotonic(): number
  /** Resolves after so long, whatever the clock is set to meanwhile. Rejects with the signal's reason once that aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
}

/**
 * The folders that a server's unit names for it; each is the server's own, made before it starts, and undefined where its unit names
 * none. They last as long as their kind does: nothing here empties them.
 */
export interface ServerDirectories {
  /** `StateDirectory=`: kept until the user, or the server, is removed. What cannot be made again belongs here. */
  readonly state?: string | undefined
  /** `CacheDirectory=`: kept as well, but may be emptied while the server does not run. */
  readonly cache?: string | undefined
  /** `ConfigurationDirectory=`: read alone. */
  readonly configuration?: string | undefined
}

/**
 * What a server gets from the machine. `open` gets it, before the first request, and it can be used as long as the process lives.
 *
 * Order: folders, log and clock are there before `open` is called, and nothing else is opened until it is asked for. At the end all goes in
 * reverse: no request comes any more, those that run end, `close` is called, and then what this object opened is closed, the last first.
 * So whatever `open` got from here still works in `close`.
 *
 * Failure: what rejects here says in a sentence what could not be had and why. If that ends `open`, the sentence goes to the log, what was
 * opened until then is closed, and the process ends with the status of what failed (framework/opening.ts).
 */
export interface ServerHost {
  /** Fixed for the life of the process. A folder that is no absolute path ends the start. */
  readonly directories: ServerDirectories
  /** The process's variables, as its unit has them. Secrets are none of them. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Lines for the machine's log, from the first moment to the last. Never fails. What `secret` has given is left out of them. */
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void }
  /** For all that depends on the time, so that tests can set it. Never fails. */
  readonly clock: Clock
  /**
   * The server's own settings, as `<server>.yaml` in the folder of configuration says them, with the defaults of all that it does not
   * say (config.ts). `schema` is the definition's `settings`. Its unit needs `ConfigurationDirectory=llmbasedos`. Read once, the first
   * time that it is asked for, and the same for as long as the process lives. Rejects with every mistake of the file, each with its line.
   */
  config<S extends TObject>(schema: S): Promise<Static<S>>
  /**
   * What "luca secret set SERVER NAME" keeps for this server; undefined where there is none of that name. Read anew each time, since it may
   * change: hold it no longer than one use takes. Rejects where it is no regular file, is longer than 1 MiB, or may be read by others.
   * What it gave stays out of the log and of failed answers, for as long as the process lives.
   */
  secret(name: string): Promise<string | undefined>
  /**
   * A database of the server's own, `<name>.db` in its state folder: made where it is new, and brought up to date by `steps` of SQL, each of which
   * runs once in its life. A damaged one is put aside, said in the log, and begun anew. It can be asked for once, and is closed after `close`,
   * the last first. Rejects where the unit names no state folder, the disk is full, or another process has it open.
   */
  database(name: string, steps: readonly string[]): Promise<Database>
  /**
   * Starts a work of the definition's `background`: at once, or when `open` has resolved. Within a call use `call.background`, which has it come
   * back where the process ends before it is done; what is started here begins again when it is started again, such as by `open`.
   * Throws for a name that the definition has not. How the work ends is logged, and never ends the process.
   */
  background(name: string): void
  /** As of a call, for what changes while none runs, such as what a server watches by itself. Heard by nobody while `open` runs. Never fails. */
  readonly changed: ToolContext['changed']
  /**
   * Has the time of an entry of the wake list come now: for what happened while no call runs, and is to be done within one, such as telling an
   * event. `woken` is called as at its time, on behalf of who made the entry; one that comes again is reckoned anew from then. It is lost
   * where the gateway has no connection, or the entry is not there or failed the last time: so it is for what is done at its time as well.
   * Of servers that each user has for themselves. Never fails.
   */
  hurry(key: string): void
}

/** A work while it runs. */
export interface BackgroundRun {
  /**
   * Aborted when the process is asked to stop, when the work's time is over, or when the server closes. Stop as soon as you can, having
   * kept how far you came: the work is not done, and is resumed later. What is still running some seconds later runs no further.
   */
  readonly signal: AbortSignal
  /**
   * Lets calls go first: resolves once none runs in this process, or after 30 seconds, so that a call which waits itself does not hold it up for
   * ever. Await it between steps that are short, since a call that comes during one waits for it. Rejects with the signal's reason.
   */
  turn(): Promise<void>
  /** How far it is, in whole numbers of whatever it counts; all users of this machine may see them. */
  progress(done: number, total?: number): void
}

/**
 * Work that goes on without a connection. It may be begun again at any time, after a stop, a failure or a kill: it finds by itself what is left to
 * do. Two starts of the same one are one. It has no caller, so it can call no other server.
 */
export interface BackgroundWork<Deps> {
  /** How long it may go on at a time, in minutes; then it is asked to stop, and is resumed later. */
  atMostMinutes?: number
  /** Resolves when nothing is left to do. Where it rejects, it is logged and tried again after 1, 5 and 30 minutes, then given up. */
  run(run: BackgroundRun, deps: Deps): Promise<void>
}

/** Where language models are: on this machine, or elsewhere. */
export type ModelPlace = 'local' | 'remote'

export interface ServerDefinition<Deps = never> {
  /** Also the name of its socket, unit and descriptor. */
  name: string
  title: string
  version: string
  description: string
  /** Guidance for the model on how to use this server as a whole. */
  instructions?: string
  /** Whether there is one process for each user, or one for all. */
  scope: 'user' | 'system'
  /** Which language models it runs or reaches. The gateway alone calls such a server: no client sees or calls what it has. */
  models?: ModelPlace
  /**
   * What its handlers may call of other servers (`ToolContext.gateway`): capabilities such as `fs.read`, `fs.*` for all of a
   * server's, or `*` for whatever its caller may. Of models, `llm.chat`, `llm.count`, `llm.embed` and `llm.models`. Nothing without.
   */
  calls?: readonly string[]
  /** What can be set in `<server>.yaml`; `open` gets it by `host.config`. */
  settings?: TObject
  tools: ToolDefinition<Deps>[]
  prompts?: PromptDefinition<Deps>[]
  resources?: ResourceDefinition<Deps>[]
  /** What v1 clients call, besides the tools. */
  v1?: V1Definition<Deps>[]
  /** The base of the error codes that v1 clients know this server's errors by, such as -32010. */
  v1ErrorBase?: number
  /** Whether lists can change while the server runs. */
  listChanged?: boolean
  /** Whether it tells of changes to resources. */
  subscribe?: boolean
  /** What can be started with `host.background` and `call.background`, by names of small letters, digits and hyphens. */
  background?: Readonly<Record<string, BackgroundWork<Deps>>>
  /** The events that it can tell other servers of its user, such as `mail.new`: its own name, and what. */
  events?: readonly string[]
  /**
   * What it does about events of others, by their names, once a call of its own has said `events.hear`. As of `woken`: events are
   * forgotten when it resolves, and are given again until it does.
   */
  hears?: Readonly<Record<string, (heard: Heard, call: ToolContext, deps: Deps) => Promise<void>>>
  /**
   * Does what an entry of the wake list is for, with the rights of whom it is on behalf of. The entry is done when it resolves. It
   * may come twice for one time, since a process can be killed before that is known, and comes again after 1, 5 and 30
   * minutes where it fails: do what can be done twice. It has as long as any call.
   */
  woken?(key: string, waking: Waking, call: ToolContext, deps: Deps): Promise<void>
  /** Opens what the handlers work with. Called once, before the first request is served. What it opened before it rejects, it releases itself. */
  open(host: ServerHost): Promise<Deps>
  /** A client's session has ended: what was kept for it can go. */
  sessionEnded?(session: string, deps: Deps): void
  /** Releases it, after the last request has ended. */
  close?(deps: Deps): Promise<void>
}

/** Defines a server. */
export const defineServer = <Deps>(definition: ServerDefinition<Deps>): ServerDefinition<Deps> => definition

export const isTemplate = (uri: string): boolean => uri.includes('{')
