/** One running child for one session of a client: spoken to by the official client, in whichever era it speaks. */
import { Client, type ClientOptions, type Progress, ProtocolError } from '@modelcontextprotocol/client'
import { type Call, ToolError } from '../../protocol/define.ts'
import type { ClientCapabilities, InputRequest, Tool } from '../../protocol/mcp.ts'
import type { LaunchSpec, Offer } from '../../protocol/third-party.ts'
import { VERSION } from '../../protocol/version.ts'
import { ForeignProcess } from './processes.ts'
import { StdioTransport, type TransportLog } from './transport.ts'

/** How long it may take from its start to its first answer, in milliseconds: some are downloaded first. */
const CONNECT_WITHIN_MS = 60_000
/** How long a call may take; the caller's own deadline comes before. */
const CALL_TIMEOUT_MS = 24 * 3600_000
/** More than this is no list that anyone can use. */
const MAX_LISTED = 20_000
const LOG_LEVEL = 'notifications/message'

/** Progress as the official client gives it. */
type ProgressUpdate = Pick<Progress, 'progress' | 'total' | 'message'>

/** All that a child's call needs of its caller. */
export type CallOfChild = Pick<Call, 'signal' | 'progress'>

/** A question of the child's to its client, waiting for an answer. */
export interface Question {
  request: InputRequest
  answer(result: Record<string, unknown>): void
  refuse(error: Error): void
}

export interface ChildOptions {
  spec: LaunchSpec
  /** What its client can be asked: it is told no more than that. */
  capabilities: ClientCapabilities
  cwd: string
  log: TransportLog
  /** Gives up starting it. */
  stop?: AbortSignal
  /** The child asks its client. Nobody may be there to be asked. */
  onQuestion?(question: Question): void
  /** It says that its tools have changed. */
  onToolsChanged?(child: Child): void
  /** It tells something to whoever listens. */
  onLog?: Call['log']
}

const ASKED = ['sampling/createMessage', 'elicitation/create', 'roots/list'] as const
const CAPABILITY = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
} as const

export class Child {
  readonly client: Client
  /** Settles when it has ended, by itself or because it was told to. */
  readonly closed: Promise<void>
  readonly #process: ForeignProcess

  private constructor(client: Client, process: ForeignProcess, closed: Promise<void>) {
    this.client = client
    this.#process = process
    this.closed = closed
  }

  /** Starts it. Rejects where it can't be started or does not speak MCP, and has ended it then. */
  static async start(options: ChildOptions): Promise<Child> {
    const { spec, capabilities, cwd, log } = options
    const process = new ForeignProcess(spec.command, spec.args, spec.env, cwd)
    const client = new Client(
      { name: 'llmbasedos', version: VERSION },
      {
        capabilities: offered(capabilities),
        versionNegotiation: { mode: 'auto', probe: { timeoutMs: 5000 } },
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
    options.stop?.addEventListener('abort', () => void process.abandon('was told to stop'))
    try {
      await client.connect(new StdioTransport(process, log), { timeout: CONNECT_WITHIN_MS })
    } catch (cause) {
      const { how } = process
      await process.end()
      throw how === undefined ? cause : new Error(`It ${how} before it answered.`, { cause })
    }
    child = new Child(client, process, closed)
    return child
  }

  /** Its tools, as it gives them now. */
  async tools(): Promise<Tool[]> {
    const { client } = this
    return client.getServerCapabilities()?.tools ? all('tools', (params) => client.listTools(params)) : []
  }

  /** All that it offers. */
  async offer(): Promise<Offer> {
    const { client } = this
    const info = client.getServerVersion()
    const { prompts, resources, completions } = client.getServerCapabilities() ?? {}
    const templates = (params: Page) => client.listResourceTemplates(params)
    return {
      completions: completions !== undefined,
      title: info?.title ?? info?.name,
      version: info?.version,
      instructions: client.getInstructions(),
      tools: await this.tools(),
      prompts: prompts ? await all('prompts', (params) => client.listPrompts(params)) : [],
      resources: resources ? await all('resources', (params) => client.listResources(params)) : [],
      resourceTemplates: resources ? await all('resourceTemplates', templates) : [],
    }
  }

  /** What each of its methods is called with: the caller's cancellation and progress. */
  static options(call: CallOfChild) {
    return {
      signal: call.signal,
      timeout: CALL_TIMEOUT_MS,
      onprogress: ({ progress, total, message }: ProgressUpdate) => call.progress(progress, total, message),
    }
  }

  /** What a caller should read of an error that a call of it gave. */
  explain(error: unknown): unknown {
    const { how } = this.#process
    if (how !== undefined)
      return new ToolError(
        `The server ${how} while it worked on this call, and it is not known whether the call took effect. It starts again with the next one.`,
        { cause: error },
      )
    return error instanceof ProtocolError ? new ToolError(error.message, { cause: error }) : error
  }

  /** Ends it and all that it started; resolves when nothing of it is left. */
  end(): Promise<void> {
    return this.#process.end()
  }
}

type Page = { cursor?: string }

/** A list, page by page. The official client has checked its items' shapes, and only words their types otherwise. */
async function all<K extends keyof Offer>(
  key: K,
  list: (params: Page) => Promise<{ nextCursor?: string | undefined }>,
): Promise<NonNullable<Offer[K]>> {
  const items: unknown[] = []
  let cursor: string | undefined
  do {
    const page = await list(cursor === undefined ? {} : { cursor })
    items.push(...((page as Record<string, unknown[]>)[key] ?? []))
    cursor = page.nextCursor
  } while (cursor !== undefined && items.length < MAX_LISTED)
  return items as NonNullable<Offer[K]>
}

/** Of a client's capabilities those that mean a question can be put to it. */
function offered({
  sampling,
  elicitation,
  roots,
}: ClientCapabilities): ClientOptions['capabilities'] & object {
  return {
    ...(sampling ? { sampling } : {}),
    ...(elicitation ? { elicitation } : {}),
    ...(roots ? { roots: {} } : {}),
  } as ClientOptions['capabilities'] & object
}

function ask(
  { onQuestion }: ChildOptions,
  { method, params }: InputRequest,
): Promise<Record<string, unknown>> {
  return new Promise((answer, refuse) => {
    if (onQuestion) onQuestion({ request: { method, params } as InputRequest, answer, refuse })
    else refuse(new Error('There is nobody to ask.'))
  })
}
