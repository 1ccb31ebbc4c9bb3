/**
 * Between a client on stdin and stdout and the gateway: texts go through as they are, and the client does not
 * notice when the gateway goes away for a while.
 */

import { classifyAnyEra } from '../../protocol/era.ts'
import { parseExactly } from '../../protocol/exact-json.ts'
import {
  type Classified,
  type ErrorObject,
  failure,
  type Id,
  type Notification,
  type Request,
  RpcError,
  requestIdIn,
} from '../../protocol/jsonrpc.ts'
import { NOTIFICATION } from '../../protocol/mcp.ts'
import { GatewaySide, type GatewaySideOptions } from './gateway-side.ts'
import { oneLine } from './texts.ts'

export class Bridge {
  readonly #gateway: GatewaySide
  readonly #say: GatewaySideOptions['say']

  constructor(options: GatewaySideOptions) {
    this.#say = options.say
    this.#gateway = new GatewaySide(options)
  }

  start(): void {
    this.#gateway.start()
  }

  /** Whether more should be read from the client only once `onRelief` was called. */
  get isCongested(): boolean {
    return this.#gateway.isCongested
  }

  /** Stops or goes on taking messages from the gateway. */
  hold(held: boolean): void {
    this.#gateway.hold(held)
  }

  /** Takes one text from the client: a message, or a batch, whose messages are answered one by one. */
  receive(text: string): void {
    let value: unknown
    try {
      value = parseExactly(text)
    } catch (cause) {
      return void this.refuse(
        new RpcError('PARSE', `This is not JSON: ${(cause as Error).message}`).toObject(),
      )
    }
    if (!Array.isArray(value)) return void this.#take(classifyAnyEra(value), oneLine(text, value))
    if (value.length === 0)
      this.refuse(new RpcError('INVALID_REQUEST', 'A batch must hold a message.').toObject())
    for (const item of value) this.#take(classifyAnyEra(item), JSON.stringify(item))
  }

  /** Answers what could not even be read. */
  refuse(error: ErrorObject, id: Id = null): void {
    this.#say({ text: JSON.stringify({ jsonrpc: '2.0', id, error }) })
  }

  /** Resolves once every request has its answer; subscriptions, which have none, don't count. */
  settled(): Promise<void> {
    return this.#gateway.settled()
  }

  close(): void {
    this.#gateway.close()
  }

  #take(read: Classified, text: string): void {
    switch (read.kind) {
      case 'request':
        return void this.#request(read.message, text)
      case 'notification':
        return void this.#notify(read.message, text)
      case 'response':
        return void this.#gateway.answer(read.message)
      case 'refused':
        return void this.refuse(read.error, read.id)
    }
  }

  #request(request: Request, text: string): void {
    const { id } = request
    if (!this.#gateway.isOpen(id)) return void this.#gateway.send({ text, request, sent: 0 })
    const error = new RpcError(
      'INVALID_REQUEST',
      'A request with this id is still being worked on; use another id.',
    )
    this.#say({ text: JSON.stringify(failure(id, error)) })
  }

  #notify({ method, params }: Notification, text: string): void {
    const cancelled = method === NOTIFICATION.cancelled ? requestIdIn(params) : undefined
    if (cancelled !== undefined) this.#gateway.cancel(cancelled, text)
    else if (method === 'notifications/initialized') this.#gateway.confirm(text)
    else this.#gateway.send({ text, sent: 0 })
  }
}
