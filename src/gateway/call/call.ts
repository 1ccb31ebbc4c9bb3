/**
 * What travels through the pipeline: Inbound → ResolvedCall → AuthorisedCall → AdmittedCall → ConsentedCall → Result. The marks
 * below have no value at run time; a stage's output can be made by that stage alone, so that leaving one out does not compile.
 */
import type { Cancellation } from '../../protocol/cancellation.ts'
import type { UntrustedSource } from '../../protocol/define.ts'
import type { Described, DescribedMethod, DescribedTool, Descriptor } from '../../protocol/descriptor.ts'
import type { RpcError } from '../../protocol/jsonrpc.ts'
import type { ClientCapabilities, Implementation, LoggingLevel, Result } from '../../protocol/mcp.ts'
import type { Memory } from './memory.ts'

declare const identified: unique symbol
declare const resolved: unique symbol
declare const authorised: unique symbol
declare const admitted: unique symbol
declare const consented: unique symbol

/** Who calls. Made and changed by auth/ alone: what it may do is what stands here when it is looked at. */
export interface Principal {
  readonly [identified]: true
  /** Opaque and stable for one credential, such as `token:3f2a…`: what sessions and request states are bound to. */
  readonly id: string
  /** For people: a token's name, or `uid 1000`. */
  readonly name: string
  /** Whose servers and files the call reaches. */
  readonly user: string
  /** What of the gateway's own state it may see and change: all of it, what is its user's own, or nothing. */
  readonly administers: 'all' | 'own' | 'nothing'
  /** The tier that its token is bound to; undefined for the licence's. */
  readonly tier: string | undefined
  /** Whether calls that need this capability are made without asking a person; undefined where none are. */
  readonly trusts?: ((capability: string) => boolean) | undefined
  /** Which tools its token was made for; undefined for all. */
  readonly tools?: ToolChoice | undefined
  /** How often the last three were changed. */
  readonly changes: number
  /** Throws once it may do nothing any longer: revoked, expired, or its user gone. Asked whenever a call is about to act. */
  check(): void
}
export type PrincipalFields = Omit<Principal, typeof identified>

/** A choice of tools. Prompts, resources and v1 methods are chosen as tools of their name would be. */
export interface ToolChoice {
  /** For people: `fs_*`. */
  readonly patterns: readonly string[]
  /** Whether it has that name, as clients see it at `/mcp`. */
  has(name: string): boolean
}

/** What of a principal its use is counted by. */
export type Caller = Pick<Principal, 'id' | 'user' | 'tier'>

/** What a caller's tier lets it do, as it stands at the time of the call. */
export interface Grant {
  /** The tier's name, such as `OWNER` or `FREE`. */
  readonly tier: string
  /** Whether it may use this capability, such as `fs.read`, or the gateway's `mcp.hello`. */
  allows(capability: string): boolean
  /** Which tools its token was made for; undefined for all. */
  readonly tools?: ToolChoice | undefined
  /** How many requests within a sliding window; undefined for as many as it likes. */
  readonly rate: Rate | undefined
  /** Its use of language models; undefined for none. */
  readonly llm: LlmGrant | undefined
  /** What its user may take, with all tokens together: never less than what is above. */
  readonly ofUser: UserGrant
}

export interface Rate {
  readonly requests: number
  readonly windowMs: number
}

/** Limits of a user, by the licence; undefined for no limit. */
export interface UserGrant {
  readonly tier: string
  readonly rate: Rate | undefined
  /** Of language models. */
  readonly tokensPerDay: number | undefined
}

export interface LlmGrant {
  /** Whether it may use the model of that name. */
  allowsModel(name: string): boolean
  /** How many tokens one request may take, of prompt and answer together; undefined for as many as it likes. */
  readonly tokensPerRequest: number | undefined
  /** How many within a day (UTC); undefined for as many as it likes. */
  readonly tokensPerDay: number | undefined
}

/** `hash` is what the token is known by, once that was reckoned: connections show the same one again and again. */
export type Bearer = { kind: 'bearer'; token: string; hash?: string }

/** What a caller showed to say who it is. */
export type Credential = { kind: 'none' } | Bearer | { kind: 'peer'; uid: number; pid: number }

/** What the client said of itself. */
export interface ClientFacts {
  capabilities: ClientCapabilities
  info: Implementation | undefined
  /** The least severe log messages it wants; none without. */
  logLevel: LoggingLevel | undefined
}

/** What a request is about, as descriptors tell it without waking anyone. Made by routing/ alone, one for each item. */
export interface Target {
  readonly descriptor: Descriptor
  /** What its descriptor says of it. */
  readonly item: DescribedTool | DescribedMethod | Described
  /** Its name as the server knows it: of a tool, a prompt, a resource, or a v1 method's verb. */
  readonly name: string
  /** What its use is called: what a token can be trusted with. */
  readonly capability: string
  /** What a tier must grant: that, and what it needs besides. */
  readonly capabilities: readonly string[]
  /** What a token's choice of tools must have; undefined where no choice concerns it. */
  readonly chosenAs: string | undefined
  /** Whether it can destroy something, so that it needs consent. */
  readonly destructive: boolean
  /** Whether its server finds out if a call does, and says so before it does; the gateway does not ask before. */
  readonly asksItself: boolean
  /** Whether it can reach what is not this system's, such as the network: a tool that does not say otherwise. */
  readonly reachesOut: boolean
  /** Whose words its result carries, if they are not this system's. */
  readonly untrusted: UntrustedSource | undefined
  /** What a server must say that it calls, to use it within a call. */
  readonly calledAs: readonly string[]
}

/** Where a server makes a call while it works on another one. Made by callbacks/ alone. */
export interface Within {
  /** The call that is worked on. */
  readonly call: ConsentedCall
  /** The id of that call in the audit log. */
  readonly parent: string
  /** 1 for a call within an outermost one. */
  readonly depth: number
  /** What is called, from the outermost call to the one that this is within, for people: `agent_run`. */
  readonly chain: readonly string[]
  /** What everything was made within. */
  readonly outermost: ConsentedCall
  /** Whether the call that it is within makes it for whoever asked for that one, as the gateway's own server does. */
  readonly forAsker: boolean
  /** Names of tools that showed a language model what others wrote, before it asked for this. */
  readonly read: readonly string[]
}

/** What a caller must be allowed to use an item: what tiers grant, and what a token's choice of tools must have. */
export interface ItemRights {
  readonly capabilities: readonly string[]
  readonly chosenAs?: string | undefined
}

/** The server that a registration is of, and what takes the rights of who made it. */
export interface Registered {
  readonly descriptor: Descriptor
  readonly rights: ItemRights
}

export type Transport = 'http' | 'unix' | 'websocket' | 'schedule'
export type Toolset = 'all' | 'search'

/** Settles once the caller has taken what it was given; undefined where it keeps up. Whatever gives it much waits. */
export type Drained = Promise<void> | undefined

/** Gives a client one message. */
export type Say = (message: object) => Drained

/** A request as a transport hands it over, in the shapes of the current revision. */
export interface Inbound {
  principal: Principal
  transport: Transport
  /** The one server that the caller's endpoint is for; its names are then unprefixed. */
  server: string | undefined
  /** The client session that it is part of: a connection's, or one over HTTP; undefined without one. */
  session?: string | undefined
  /** Whether it works with all tools, or with those alone that find and call the others. */
  toolset: Toolset
  method: string
  params: Record<string, unknown>
  client: ClientFacts
  /** Undefined for what a client asks. */
  readonly within?: Within | undefined
  /** What the gateway itself calls a server for: something that it has registered. No transport sets it. */
  readonly registered?: Registered | undefined
  /** Aborted when the caller cancels or goes away. */
  readonly signal: AbortSignal
  /** What the signal is made from, where it costs nothing until it is asked for. */
  readonly cancellation?: Cancellation | undefined
  /** Whether bytes of the result may be given beside it: over a stream of this machine alone. */
  attaches?: boolean
  /** Gives the caller a notification that belongs to this request. */
  notify(method: string, params: Record<string, unknown>): Drained
  /** Settles once the caller has taken what was written to it so far; undefined where it has. */
  drained?: (() => Drained) | undefined
}

/** A request, and what it is about: all that the stages after this one decide by. Made by routing/ alone, and frozen. */
export interface ResolvedCall {
  readonly [resolved]: true
  readonly inbound: Inbound
  /** As they are meant: what is null is left out, and `call_tool` has become the call that it stands for. */
  readonly params: Readonly<Record<string, unknown>>
  /** Undefined for what is about no server's item, or about none there is. */
  readonly target: Target | undefined
  /** What a tier must grant, for the gateway's own methods too; none where there is nothing to grant. */
  readonly capabilities: readonly string[]
}

/** A request whose caller may make it; its parameters are as they were resolved. Made by auth/ alone. */
export type AuthorisedCall = Inbound & {
  readonly [authorised]: true
  readonly resolved: ResolvedCall
  readonly grant: Grant
  /** How often what its caller may do had been changed then. */
  readonly changes: number
  /** Throws where its caller may not make it any longer. Asked after every wait, right before it is made. */
  checkAgain(): void
}

/** A call that fits within the limits. Made by limits/ alone. */
export type AdmittedCall = AuthorisedCall & {
  readonly [admitted]: true
  /** Milliseconds that it may take; 0 for a subscription, which lasts as long as its caller. */
  readonly timeoutMs: number
  /** When it must have ended, by the clock of `performance.now()`; later where it waited for a person. */
  deadline: number
  readonly slot: Slot
}

/** A call's share of the calls at once. */
export interface Slot {
  /**
   * Gives it to others while the call only waits for a time to pass. As many calls may be suspended as there are slots; one
   * more keeps its own.
   */
  suspend(): void
  /** Takes it back, where it was given away. */
  resume(): void
}

/** A call that its caller's person agreed to, where that was needed. Made by consent/ alone. */
export type ConsentedCall = AdmittedCall & {
  readonly [consented]: true
  /** For a server that asks itself: the state of what may be destroyed, or true for whatever it is. */
  agreed?: string | true
  /** For a server that asks itself: a person must agree to any change. */
  guarded?: true
}

/** What happened to a call on its way, for the audit line and the metrics. */
export interface CallTrace {
  /** What calls within it name as their parent; undefined where there was none. */
  id?: string
  /** Whether the server was asleep. */
  cold?: boolean
  /** The language model that answered, by its name here, and the tokens that it took. */
  llm?: { model: string; promptTokens: number; completionTokens: number }
}

/** A server that is part of the gateway. What it offers stands in a descriptor, as any other's does. */
export interface ResidentServer {
  readonly descriptor: Descriptor
  /** Answers a call that is about one of its items. Throws RpcError, or the reason of the call's signal. */
  answer(call: ConsentedCall, target: Target, trace: CallTrace): Promise<Result>
}

/** What transports need of the rest: who someone is, the answer to a request, and where what they hold is counted. */
export interface Gate {
  readonly memory: Memory
  /** How long a client may take nothing of what there is for it, in milliseconds. */
  readonly stalledMs: number
  /** Throws UNAUTHENTICATED where the credential is missing, unknown, expired or revoked. */
  identify(credential: Credential): Principal
  /** The answer; throws RpcError and nothing else. */
  run(inbound: Inbound): Promise<Result>
  /**
   * Calls a listener when a call that waits for consent, by its ticket, was decided elsewhere, or all that a held one asked;
   * gives what ends that.
   */
  onDecided(ticket: string, listener: () => void): () => void
  /** The client of a held call (`META.held`) does not ask for it again. */
  leave(held: string): void
  /** Tells servers that a client's session has ended. */
  sessionEnded(session: string): void
  /** The headers that a tool's parameters are mirrored in, for the check of the current revision over HTTP. */
  mirroredHeaders(server: string | undefined, tool: string): readonly MirroredHeader[]
  /** Whether `/mcp/<server>` exists. */
  hasServer(server: string): boolean
}

/** A tool's parameter that clients repeat in `Mcp-Param-<name>` (`x-mcp-header` in its schema). */
export interface MirroredHeader {
  /** In lower case, with its prefix. */
  header: string
  path: readonly string[]
}

/** How a call ended; `failed` is a tool's own error, told within a result. */
export type Outcome =
  | { kind: 'ok' | 'failed' | 'input_required' | 'cancelled' }
  | { kind: 'error'; error: RpcError }
