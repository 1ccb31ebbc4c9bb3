/** One running child for one session of a client: spoken to by the official client, in whichever era it speaks. */
import {
  Client,
  type ClientOptions,
  type ConnectOptions,
  type Progress,
  ProtocolError,
  SdkError,
  SdkErrorCode,
} from '@modelcontextprotocol/client'
import type { Era, LaunchSpec, Offer } from '../../contracts/third-party.ts'
import { type ToolContext, ToolError } from '../../protocol/define.ts'
import { bounded, cleanText } from '../../protocol/foreign-text.ts'
import {
  type ClientCapabilities,
  type InputRequest,
  METHOD,
  type Prompt,
  type Resource,
  type ResourceTemplate,
  type Tool,
} from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import { VERSION } from '../../protocol/version.ts'
import { ForeignProcess } from './processes.ts'
import { StdioTransport, type TransportLog } from './transport.ts'

/** How long it may take from its start to its first answer, in milliseconds, unless told. */
const CONNECT_WITHIN_MS = 60_000
/** How long one whose era is not known may leave the question for it unanswered, in milliseconds. */
const PROBE_MS = 30_000
/** How long a call may take; the caller's own deadline comes before. */
const CALL_TIMEOUT_MS = 24 * 3600_000
/** More than this is no list that anyone can use. */
const MAX_LISTED = 20_000
const MAX_PAGES = 2000
/** How much of what it says of an error is shown, in characters. */
const MAX_ERROR = 4096
const LOG_LEVEL = 'notifications/message'

/** Progress as the official client gives it. */
type ProgressUpdate = Pick<Progress, 'progress' | 'total' | 'message'>

/** All that a child's call needs of its caller. */
export type CallOfChild = Pick<ToolContext, 'signal' | 'progress'>

/** A question of the child's to its client, waiting for an answer. */
export interface Question {
  request: InputRequest
  answer(result: Record<string, unknown>): void
  refuse(error: Error): void
}

export interface ChildOptions {
  spec: LaunchSpec
  /** What its client can be asked: it gets no more than that. */
  capabilities: ClientCapabilities
  cwd: string
  log: TransportLog
  /** The era that it was found to speak; found out without, with a second process where it takes the question badly. */
  era?: Era | undefined
  /** How long it may take to its first answer, in milliseconds. */
  connectMs?: number
  /** Each line that it prints to stderr, cut where it is long. */
  onWords?(line: string): void
  /** Gives up starting it. */
  stop?: AbortSignal
  /** The child asks its client. There may be no client to ask. */
  onQuestion?(question: Question): void
  /** It says that its tools have changed. */
  onToolsChanged?(child: Child): void
  /** It tells something to whoever listens. */
  onLog?: ToolContext['log']
}

const ASKED = ['sampling/createMessage', 'elicitation/create', 'roots/list'] as const
const CAPABILITY = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
} as const

/** There is no such program, or it can't be run: another try is of no use. */
class NotStarted extends Error {}

export class Child {
  readonly client: Client
  /** Settles when it has ended, by itself or because it was asked to. */
  readonly closed: Promise<void>
  readonly #process: ForeignProcess

  private constructor(client: Client, process: ForeignProcess, closed: Promise<void>) {
    this.client = client
    this.#process = process
    this.closed = closed
  }

  /** Starts it. Rejects where it can't be started or does not speak MCP, and has ended it then. */
  static async start(options: ChildOptions): Promise<Child> {
    const { era, stop } = options
    if (era === 'legacy') return Child.#begin(options, { prior: { kind: 'legacy' } })
    if (era === 'current') return Child.#begin(options, {})
    try {
      return await Child.#begin(options, {}, PROBE_MS)
    } catch (error) {
      // Some of the older era end, or say nothing, where anything comes before their handshake.
      if (stop?.aborted || error instanceof NotStarted) throw error
      return Child.#begin(options, { prior: { kind: 'legacy' } })
    }
  }

  static async #begin(
    options: ChildOptions,
    how: Pick<ConnectOptions, 'prior'>,
    probeMs = options.connectMs ?? CONNECT_WITHIN_MS,
  ): Promise<Child> {
    const { spec, capabilities, cwd, log, connectMs = CONNECT_WITHIN_MS } = options
    const process = new ForeignProcess(spec, cwd)
    const client = new Client(
      { name: 'llmbasedos', version: VERSION },
      {
        capabilities: offered(capabilities),
        versionNegotiation: { mode: 'auto', probe: { timeoutMs: probeMs } },
        // What is structured is looked at by the adapter, which hands on the rest of an answer where it does not fit.
        jsonSchemaValidator: {
          getValidator: () => (data) => ({ valid: true, data: data as never, errorMessage: undefined }),
        },
      },
    )
    for (const method of ASKED)
      if (capabilities[CAPABILITY[method]])
        client.setRequestHandler(method, (request) => ask(options, request as InputRequest) as never)
    let child: Child | undefined
    client.setNotificationHandler('notifications/tools/list_changed', () => {
      if (child) options.onToolsChanged?.(child)
    })
    client.setNotificationHandler(LOG_LEVEL, ({ params }) =>
      options.onLog?.(params.level, params.data, params.logger),
    )
    const closed = new Promise<void>((resolve) => {
      client.onclose = () => resolve()
    })
    const stop = () => void process.abandon('was asked to stop')
    options.stop?.addEventListener('abort', stop)
    if (options.stop?.aborted) stop()
    try {
      await client.connect(new StdioTransport(process, log, options.onWords), { timeout: connectMs, ...how })
    } catch (cause) {
      const { how: ended, notStarted } = process
      await process.end()
      if (notStarted !== undefined) throw new NotStarted(notStarted, { cause })
      if (ended !== undefined) throw new Error(`It ${ended} before it answered.`, { cause })
      throw cause instanceof SdkError && cause.code === SdkErrorCode.RequestTimeout
        ? new Error(`It did not answer within ${Math.min(probeMs, connectMs) / 1000} seconds of its start.`, {
            cause,
          })
        : cause
    } finally {
      options.stop?.removeEventListener('abort', stop)
    }
    child = new Child(client, process, closed)
    return child
  }

  /** The era that it speaks. */
  get era(): Era {
    return this.client.getProtocolEra() === 'modern' ? 'current' : 'legacy'
  }

  /** Its tools, as it gives them now. */
  async tools(): Promise<Tool[]> {
    return (await this.#list('tools')) as unknown as Tool[]
  }

  /** All that it offers. */
  async offer(): Promise<Offer> {
    const { client } = this
    const info = client.getServerVersion()
    const { completions } = client.getServerCapabilities() ?? {}
    const remarks: string[] = []
    const offer = {
      completions: completions !== undefined,
      title: info?.title ?? info?.name,
      version: info?.version,
      instructions: client.getInstructions(),
      tools: await this.tools(),
      prompts: (await this.#list('prompts', remarks)) as unknown as Prompt[],
      resources: (await this.#list('resources', remarks)) as unknown as Resource[],
      resourceTemplates: (await this.#list('resourceTemplates', remarks)) as unknown as ResourceTemplate[],
    }
    return { ...offer, era: this.era, remarks }
  }

  /**
   * A list, page by page, of what is an object in it. Without `remarks`, rejects where it can't be given; else that is a remark, and
   * the list is empty.
   */
  async #list(kind: keyof typeof LISTS, remarks?: string[]): Promise<Record<string, unknown>[]> {
    const { method, capability } = LISTS[kind]
    if (!this.client.getServerCapabilities()?.[capability]) return []
    const items: Record<string, unknown>[] = []
    let cursor: unknown
    try {
      for (let page = 0; page < MAX_PAGES && items.length < MAX_LISTED; page++) {
        const params = cursor === undefined ? {} : { cursor }
        const given = await this.client.request({ method, params }, ANYTHING)
        if (!isRecord(given)) throw new Error(`its ${kind} are no list`)
        items.push(...(Array.isArray(given[kind]) ? given[kind] : []).filter(isRecord))
        cursor = given.nextCursor
        if (typeof cursor !== 'string' || cursor === '') return items
      }
      remarks?.push(`its ${kind} are more than are listed: ${MAX_LISTED} are the most, in ${MAX_PAGES} pages`)
    } catch (error) {
      if (!remarks || !(error instanceof ProtocolError)) throw error
      remarks.push(`its ${kind} are left out: it gives an error where it is asked for them: ${error.message}`)
      return []
    }
    return items
  }

  /** What each of its methods is called with: the caller's cancellation and progress. */
  static options(call: CallOfChild) {
    return {
      signal: call.signal,
      timeout: CALL_TIMEOUT_MS,
      onprogress: ({ progress, total, message }: ProgressUpdate) => call.progress(progress, total, message),
    }
  }

  /** Reads no more of what it says until that has settled. */
  readNothingUntil(settled: Promise<unknown>): void {
    this.#process.readNothingUntil(settled)
  }

  /** What a caller should read of an error that a call of it gave. */
  explain(error: unknown): unknown {
    const { how } = this.#process
    if (how !== undefined)
      return new ToolError(
        `The server ${how} while it worked on this call, and it is not known whether the call took effect. It starts again with the next one.`,
        { cause: error },
      )
    if (error instanceof ProtocolError)
      return new ToolError(bounded(cleanText(error.message), MAX_ERROR), { cause: error })
    if (error instanceof SdkError && error.code === SdkErrorCode.InvalidResult)
      return new ToolError(
        `The server's answer can't be read: ${bounded(cleanText(error.message), MAX_ERROR)}`,
        {
          cause: error,
        },
      )
    return error
  }

  /** Ends it and all that it started; resolves when nothing of it is left. */
  end(): Promise<void> {
    return this.#process.end()
  }
}

const LISTS = {
  tools: { method: METHOD.listTools, capability: 'tools' },
  prompts: { method: METHOD.listPrompts, capability: 'prompts' },
  resources: { method: METHOD.listResources, capability: 'resources' },
  resourceTemplates: { method: METHOD.listResourceTemplates, capability: 'resources' },
} as const

/** Takes a result as it is: each item of a list is looked at by itself, so that one that is odd does not refuse the others. */
const ANYTHING = {
  '~standard': { version: 1 as const, vendor: 'llmbasedos', validate: (value: unknown) => ({ value }) },
}

/** Of a client's capabilities those that mean a question can be put to it. */
const offered = (capabilities: ClientCapabilities) => capabilities as ClientOptions['capabilities'] & object

function ask(
  { onQuestion }: ChildOptions,
  { method, params }: InputRequest,
): Promise<Record<string, unknown>> {
  return new Promise((answer, refuse) => {
    if (onQuestion) onQuestion({ request: { method, params } as InputRequest, answer, refuse })
    else refuse(new Error('There is no client to ask.'))
  })
}
