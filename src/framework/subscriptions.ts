/** `subscriptions/listen`: which client wants which notifications, for all connections of the process. */
import type { ServerDefinition, ToolContext } from '../protocol/define.ts'
import { type Id, RpcError } from '../protocol/jsonrpc.ts'
import { META, NOTIFICATION, type Result, type SubscriptionFilter } from '../protocol/mcp.ts'
import { isRecord } from '../protocol/values.ts'

/** The request of one, as far as it takes to tell its caller. */
export interface Subscriber {
  readonly id: Id
  readonly params: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
  notify(method: string, params: Record<string, unknown>): void
  /** As `notify`, unless the same waits to be sent. */
  notifyOnce(method: string, params: Record<string, unknown>): void
}

interface Subscription {
  request: Subscriber
  filter: SubscriptionFilter
  end(): void
}

export class Subscriptions implements Readonly<ToolContext['changed']> {
  readonly #server: ServerDefinition<unknown>
  readonly #open = new Set<Subscription>()

  constructor(server: ServerDefinition<unknown>) {
    this.#server = server
  }

  readonly tools = (): void => this.#tell(NOTIFICATION.toolsChanged, (filter) => filter.toolsListChanged)
  readonly prompts = (): void =>
    this.#tell(NOTIFICATION.promptsChanged, (filter) => filter.promptsListChanged)
  readonly resources = (): void =>
    this.#tell(NOTIFICATION.resourcesChanged, (filter) => filter.resourcesListChanged)
  readonly resource = (uri: string): void =>
    this.#tell(NOTIFICATION.resourceUpdated, (filter) => filter.resourceSubscriptions?.includes(uri), { uri })

  /** The gateway is told, where it listens. */
  readonly hurry = (key: string): void =>
    this.#tell(NOTIFICATION.entryDue, (filter) => filter.entriesDue, { key })

  /** Acknowledges a subscription and keeps it; resolves once the server ends it or the caller is gone. */
  open(request: Subscriber, wanted: SubscriptionFilter): Promise<Result> {
    const filter = honoured(wanted, this.#server)
    request.notify(NOTIFICATION.acknowledged, { _meta: tag(request), notifications: filter })
    return new Promise((resolve) => {
      const subscription = { request, filter, end: () => resolve(ended(request)) }
      this.#open.add(subscription)
      request.signal.addEventListener('abort', () => {
        this.#open.delete(subscription)
        subscription.end()
      })
    })
  }

  /** Ends all of them gracefully: each is answered. */
  endAll(): void {
    for (const { end } of this.#open) end()
    this.#open.clear()
  }

  #tell(
    method: string,
    wants: (filter: SubscriptionFilter) => boolean | undefined,
    params: Record<string, unknown> = {},
  ): void {
    for (const { request, filter } of this.#open)
      if (wants(filter)) request.notifyOnce(method, { ...params, _meta: tag(request) })
  }
}

export function listen(request: Subscriber, subscriptions: Subscriptions): Promise<Result> {
  const { notifications } = request.params
  if (!isRecord(notifications) || !isFilter(notifications))
    throw new RpcError(
      'INVALID_PARAMS',
      'subscriptions/listen needs "notifications": an object with toolsListChanged, promptsListChanged, ' +
        'resourcesListChanged (true or false) and resourceSubscriptions (an array of URIs), each optional.',
    )
  return subscriptions.open(request, notifications)
}

const tag = (request: Subscriber) => ({ [META.subscriptionId]: request.id })

const ended = (request: Subscriber): Result => ({ resultType: 'complete', _meta: tag(request) })

const isFlag = (value: unknown): boolean => value === undefined || typeof value === 'boolean'

const isFilter = (value: Record<string, unknown>): value is SubscriptionFilter & Record<string, unknown> =>
  isFlag(value.toolsListChanged) &&
  isFlag(value.promptsListChanged) &&
  isFlag(value.resourcesListChanged) &&
  isFlag(value.entriesDue) &&
  (value.resourceSubscriptions === undefined ||
    (Array.isArray(value.resourceSubscriptions) &&
      value.resourceSubscriptions.every((uri) => typeof uri === 'string')))

/** The part of a filter that this server can serve. */
function honoured(wanted: SubscriptionFilter, server: ServerDefinition<unknown>): SubscriptionFilter {
  const lists = server.listChanged === true
  return {
    ...(lists && wanted.toolsListChanged ? { toolsListChanged: true } : {}),
    ...(lists && wanted.promptsListChanged ? { promptsListChanged: true } : {}),
    ...(lists && wanted.resourcesListChanged ? { resourcesListChanged: true } : {}),
    ...(server.subscribe && wanted.resourceSubscriptions
      ? { resourceSubscriptions: wanted.resourceSubscriptions }
      : {}),
    ...(server.woken && wanted.entriesDue ? { entriesDue: true } : {}),
  }
}
