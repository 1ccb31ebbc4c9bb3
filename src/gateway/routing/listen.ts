/**
 * `subscriptions/listen`: changed lists come from the catalogue, so that waiting never keeps a server
 * awake; changed resources by the servers that have them. Lasts until the caller goes.
 */
import type { RequestOptions } from '../../client/request.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { NOTIFICATION, type Result, type SubscriptionFilter } from '../../protocol/mcp.ts'
import type { ConsentedCall } from '../call/call.ts'
import type { Catalogue, ListKind, View } from './catalogue.ts'

/** More than anyone watches, and a bound on what one request can make the gateway hold. */
const MAX_WATCHED_RESOURCES = 1000

const FILTER_KEY: Record<ListKind, 'toolsListChanged' | 'promptsListChanged' | 'resourcesListChanged'> = {
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
}
const CHANGED: Record<ListKind, string> = {
  tools: NOTIFICATION.toolsChanged,
  prompts: NOTIFICATION.promptsChanged,
  resources: NOTIFICATION.resourcesChanged,
}

/** Opens a subscription with one server. */
type Subscribe = (
  server: Descriptor,
  params: { notifications: SubscriptionFilter },
  options: RequestOptions & { signal: AbortSignal },
) => Promise<Result>

export async function listen(
  call: ConsentedCall,
  view: View,
  catalogue: Catalogue,
  subscribe: Subscribe,
): Promise<Result> {
  const wanted = checkedFilter(call.params.notifications)
  const honoured: SubscriptionFilter = {}
  for (const kind of ['tools', 'prompts', 'resources'] as const)
    if (wanted[FILTER_KEY[kind]] && view.capabilities[kind]?.listChanged) honoured[FILTER_KEY[kind]] = true
  const watched = watchedByServer(call, wanted.resourceSubscriptions ?? [], catalogue)
  if (watched.size > 0) honoured.resourceSubscriptions = [...watched.values()].flatMap(({ uris }) => uris)

  call.notify(NOTIFICATION.acknowledged, { notifications: honoured })
  const stop = catalogue.onChange((kinds, servers) => {
    if (call.server !== undefined && !servers.has(call.server)) return
    for (const kind of kinds) if (honoured[FILTER_KEY[kind]]) call.notify(CHANGED[kind], {})
  })
  try {
    await Promise.all([
      untilAborted(call.signal),
      ...[...watched.values()].map(({ server, uris }) =>
        subscribe(
          server,
          { notifications: { resourceSubscriptions: uris } },
          {
            signal: call.signal,
            onNotification: (method, params) => {
              return method === NOTIFICATION.resourceUpdated
                ? call.notify(method, { uri: params.uri })
                : undefined
            },
          },
        ),
      ),
    ])
    return { resultType: 'complete' }
  } catch (error) {
    if (call.signal.aborted) return { resultType: 'complete' }
    throw error
  } finally {
    stop()
  }
}

function checkedFilter(value: unknown): SubscriptionFilter {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RpcError(
      'INVALID_PARAMS',
      'params.notifications must be an object that names the events to receive.',
    )
  const { resourceSubscriptions } = value as SubscriptionFilter
  if (resourceSubscriptions === undefined) return value
  if (!Array.isArray(resourceSubscriptions) || !resourceSubscriptions.every((uri) => typeof uri === 'string'))
    throw new RpcError('INVALID_PARAMS', 'notifications.resourceSubscriptions must be an array of URIs.')
  if (resourceSubscriptions.length > MAX_WATCHED_RESOURCES)
    throw new RpcError(
      'INVALID_PARAMS',
      `One subscription can watch ${MAX_WATCHED_RESOURCES} resources at most.`,
    )
  return value
}

function watchedByServer(call: ConsentedCall, uris: string[], catalogue: Catalogue) {
  const watched = new Map<string, { server: Descriptor; uris: string[] }>()
  for (const uri of uris) {
    const found = catalogue.findResource(call.server, uri)
    if (!found?.descriptor.subscribe) continue
    const { capability } = found.item
    if (!catalogue.offers(call.grant, found.descriptor, { name: found.name, capability })) continue
    const server = found.descriptor
    const name = server.service_name
    const entry = watched.get(name)
    if (entry) entry.uris.push(uri)
    else watched.set(name, { server, uris: [uri] })
  }
  return watched
}

/** Resolves when the signal is aborted: the end of a subscription is no error. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
