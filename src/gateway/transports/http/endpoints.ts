/** All endpoints over HTTP. A new one is a row here, and a handler. */
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { WEBSOCKET_PATH } from '../paths.ts'
import { conversations } from './conversations.ts'
import { type ErrorFormat, HttpError, sendPlainError, sendRpcError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { type HttpWithSse, MESSAGES_PATH, STREAM_PATH } from './http-with-sse.ts'
import type { McpEndpoint } from './mcp.ts'
import { ollama, sendOllamaError } from './ollama/ollama.ts'
import { askOpenAi, listModels, sendOpenAiError, showModel } from './openai.ts'
import { callNamedTool, execute, listTools } from './rest.ts'
import type { Endpoint, Handler } from './routes.ts'
import type { StatusHandlers } from './status.ts'

export interface Parts {
  mcp: McpEndpoint
  httpWithSse: HttpWithSse
  status: StatusHandlers
  /** Throws where a user may not open another WebSocket now. */
  checkWebSockets(user: string): void
}

const MCP = { who: 'users', errors: sendRpcError } as const
const PLAIN = { who: 'users', errors: sendPlainError } as const
const OPENAI = { who: 'users', errors: sendOpenAiError } as const
const OLLAMA = { who: 'users', errors: sendOllamaError } as const
const PUBLIC = { who: 'anyone', errors: sendRpcError } as const

/** Language models in OpenAI's shape. */
const OPENAI_ENDPOINTS: readonly Endpoint[] = [
  { ...OPENAI, route: '/v1/chat/completions', methods: { POST: askOpenAi('mcp.llm.chat', 'data') } },
  { ...OPENAI, route: '/v1/completions', methods: { POST: askOpenAi('mcp.llm.complete', 'data') } },
  { ...OPENAI, route: '/v1/embeddings', methods: { POST: askOpenAi('mcp.llm.embed') } },
  { ...OPENAI, route: '/v1/responses', methods: { POST: askOpenAi('mcp.llm.respond', 'events') } },
  { ...OPENAI, route: '/v1/models', methods: { GET: listModels } },
  { ...OPENAI, route: '/v1/models/{+id}', methods: { GET: showModel } },
]

/** The same in Ollama's. */
const OLLAMA_ENDPOINTS: readonly Endpoint[] = [
  { ...OLLAMA, route: '/api/version', methods: { GET: ollama.version } },
  { ...OLLAMA, route: '/api/tags', methods: { GET: ollama.tags } },
  { ...OLLAMA, route: '/api/ps', methods: { GET: ollama.ps } },
  { ...OLLAMA, route: '/api/show', methods: { POST: ollama.show } },
  { ...OLLAMA, route: '/api/chat', methods: { POST: ollama.chat } },
  { ...OLLAMA, route: '/api/generate', methods: { POST: ollama.generate } },
  { ...OLLAMA, route: '/api/embed', methods: { POST: ollama.embed } },
  { ...OLLAMA, route: '/api/embeddings', methods: { POST: ollama.embeddings } },
]

export function endpointsOf({ mcp, httpWithSse, status, checkWebSockets }: Parts): Endpoint[] {
  const { chat, process, reset, tasks, status: modules } = conversations()
  const hint = 'Send messages by POST.'
  const sseHint = 'The endpoint that takes messages by POST is /mcp.'
  return [
    { ...MCP, route: '/mcp', methods: mcp.methods, hint },
    { ...MCP, route: '/mcp/{server}', methods: mcp.methods, hint },
    {
      ...MCP,
      route: STREAM_PATH,
      methods: { GET: (exchange: Exchange) => httpWithSse.open(exchange) },
      hint: sseHint,
    },
    {
      ...MCP,
      route: MESSAGES_PATH,
      methods: { POST: (exchange: Exchange) => httpWithSse.receive(exchange) },
    },
    { ...MCP, route: WEBSOCKET_PATH, methods: { GET: askingForUpgrade(checkWebSockets) } },

    { ...PLAIN, route: '/mcp/tools', methods: { GET: listTools } },
    { ...PLAIN, route: '/mcp/tools/{name}', methods: { POST: callNamedTool } },
    { ...PLAIN, route: '/tools', methods: { GET: listTools } },
    { ...PLAIN, route: '/execute', methods: { POST: execute } },

    { ...PLAIN, route: '/chat', methods: { POST: chat } },
    { ...PLAIN, route: '/process', methods: { POST: process } },
    { ...PLAIN, route: '/reset', methods: { POST: reset } },
    { ...PLAIN, route: '/tasks', methods: { GET: tasks } },
    { ...PLAIN, route: '/status', methods: { GET: modules } },

    ...OPENAI_ENDPOINTS,
    ...nothingElse('/v1', OPENAI_ENDPOINTS, sendOpenAiError),
    ...OLLAMA_ENDPOINTS,
    ...nothingElse('/api', OLLAMA_ENDPOINTS, sendOllamaError),

    { ...PUBLIC, route: '/health', methods: { GET: status.health } },
    { ...PUBLIC, route: '/ready', methods: { GET: status.ready } },
    // Who does not trust this machine yet asks for it, and compares its fingerprint with the console's.
    { ...PUBLIC, route: '/ca.crt', methods: { GET: status.ca } },
    { ...MCP, route: '/metrics', methods: { GET: status.metrics } },
  ]
}

/** What else is below the root of an API: nothing, which is said in its shape. */
function nothingElse(root: string, endpoints: readonly Endpoint[], errors: ErrorFormat): Endpoint[] {
  const paths = endpoints.map(({ route }) => route.slice(root.length).replace('{+', '{')).join(', ')
  const otherwise = (): never => {
    throw new HttpError(
      404,
      new RpcError('METHOD_NOT_FOUND', `There is nothing here; under ${root} there are ${paths}.`),
    )
  }
  return [root, `${root}/{+path}`].map((route) => ({
    route,
    who: 'users',
    methods: {},
    otherwise,
    errors,
  }))
}

/** Pages can't read why their WebSocket was refused: they ask here, by the same rules. */
const askingForUpgrade =
  (checkWebSockets: Parts['checkWebSockets']): Handler<Exchange> =>
  ({ res, principal }) => {
    checkWebSockets(principal.user)
    res.setHeader('upgrade', 'websocket')
    throw new HttpError(
      426,
      new RpcError(
        'INVALID_REQUEST',
        'You may open a WebSocket here; ask for it by GET with "Upgrade: websocket".',
      ),
    )
  }
