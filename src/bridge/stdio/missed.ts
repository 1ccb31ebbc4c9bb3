/** The notifications for a client that watches something, after an interruption in which it may have missed changes. */
import { type Notification, notification } from '../../protocol/jsonrpc.ts'
import { META, NOTIFICATION } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'

/** For a session: `capabilities` is what `initialize` told, `uris` the resources that are watched. */
export function missedInSession(capabilities: unknown, uris: readonly string[]): Notification[] {
  const changes = (kind: string) =>
    isRecord(capabilities) && isRecord(capabilities[kind]) && capabilities[kind].listChanged === true
  return [
    ...(changes('tools') ? [notification(NOTIFICATION.toolsChanged)] : []),
    ...(changes('prompts') ? [notification(NOTIFICATION.promptsChanged)] : []),
    ...(changes('resources') ? [notification(NOTIFICATION.resourcesChanged)] : []),
    ...uris.map((uri) => notification(NOTIFICATION.resourceUpdated, { uri })),
  ]
}

/** For a subscription: `acknowledged` are the params of its acknowledgement, which say what it watches. */
export function missedInSubscription(acknowledged: unknown): Notification[] {
  if (!isRecord(acknowledged) || !isRecord(acknowledged.notifications)) return []
  const { toolsListChanged, promptsListChanged, resourcesListChanged, resourceSubscriptions } =
    acknowledged.notifications
  const meta = isRecord(acknowledged._meta) ? acknowledged._meta : {}
  const _meta = { [META.subscriptionId]: meta[META.subscriptionId] }
  const uris = Array.isArray(resourceSubscriptions) ? resourceSubscriptions : []
  return [
    ...(toolsListChanged ? [notification(NOTIFICATION.toolsChanged, { _meta })] : []),
    ...(promptsListChanged ? [notification(NOTIFICATION.promptsChanged, { _meta })] : []),
    ...(resourcesListChanged ? [notification(NOTIFICATION.resourcesChanged, { _meta })] : []),
    ...uris.map((uri) => notification(NOTIFICATION.resourceUpdated, { uri, _meta })),
  ]
}
