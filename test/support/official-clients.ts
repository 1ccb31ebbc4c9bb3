/** The official clients of both eras, connected to a gateway over HTTP. */
import {
  Client as CurrentClient,
  StreamableHTTPClientTransport as CurrentTransport,
} from '@modelcontextprotocol/client'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

/** What all of them have in common, as far as tests need it. */
export interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>
  callTool(
    params: { name: string; arguments: Record<string, unknown> },
    options?: { signal?: AbortSignal },
  ): Promise<object>
  close(): Promise<void>
}

interface Connecting<C> {
  url: string
  token: string
  /** How it calls itself. */
  name?: string | undefined
  capabilities?: Record<string, object> | undefined
  /** Says what it answers when it is asked, before it connects. */
  prepare?: ((client: C) => void) | undefined
}

const NAME = 'a test'
const infoOf = (name = NAME) => ({ name, version: '1.0.0' })
const withToken = (token: string) => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } })

/** One that speaks the current revision alone, unless it is not `pinned`. */
export async function connectCurrent({
  url,
  token,
  name,
  capabilities = {},
  prepare,
  pinned = true,
}: Connecting<CurrentClient> & { pinned?: boolean }): Promise<CurrentClient> {
  const client = new CurrentClient(infoOf(name), {
    capabilities,
    ...(pinned ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {}),
  })
  prepare?.(client)
  await client.connect(new CurrentTransport(new URL(url), withToken(token)))
  return client
}

/** One that opens a session, as most do today; over the transport of 2024-11-05 where the URL is of `/sse`. */
export async function connectLegacy({
  url,
  token,
  name,
  capabilities = {},
  prepare,
}: Connecting<LegacyClient>): Promise<LegacyClient> {
  const client = new LegacyClient(infoOf(name), { capabilities })
  prepare?.(client)
  const Made = url.endsWith('/sse') ? SSEClientTransport : LegacyTransport
  const transport = new Made(new URL(url), withToken(token))
  // Its own types disagree with each other under exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return client
}
