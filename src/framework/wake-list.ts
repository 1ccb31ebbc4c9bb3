/** `ToolContext.wake` and `ToolContext.events`: what a handler has the gateway remember for later. */

import { EVENT, type EventData, type Events } from '../protocol/events.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { Result } from '../protocol/mcp.ts'
import { WAKE, type WakeEntry, type WakeList, type WakeRule } from '../protocol/wake.ts'
import { WORK_KEY, workOfKey } from './background.ts'
import type { AskOptions } from './gateway-requests.ts'

/** The request that a handler works on. */
export interface Asking {
  askGateway(method: string, params: Record<string, unknown>, options: AskOptions): Promise<Result>
}

export class HandlerWakeList implements WakeList {
  readonly #request: Asking
  readonly #isFramework: boolean

  /** Entries for work in the background are the framework's own: a handler neither sees nor makes any. */
  constructor(request: Asking, isFramework = false) {
    this.#request = request
    this.#isFramework = isFramework
  }

  async at(key: string, time: Date | number): Promise<void> {
    this.#mayUse(key)
    const at = typeof time === 'number' ? time : time.getTime()
    if (!Number.isFinite(at)) throw new RpcError('INVALID_PARAMS', 'The time to be woken at is no time.')
    await this.#request.askGateway(WAKE.at, { key, time: Math.ceil(at) }, {})
  }

  async every(key: string, rule: WakeRule): Promise<void> {
    this.#mayUse(key)
    await this.#request.askGateway(WAKE.every, { key, rule }, {})
  }

  async cancel(key: string): Promise<boolean> {
    this.#mayUse(key)
    return (await this.#request.askGateway(WAKE.cancel, { key }, {})).cancelled === true
  }

  async list(): Promise<WakeEntry[]> {
    const entries = (await this.#request.askGateway(WAKE.list, {}, {})).entries as WakeEntry[]
    return entries.filter(({ key }) => this.#isFramework || workOfKey(key) === undefined)
  }

  #mayUse(key: string): void {
    if (!this.#isFramework && workOfKey(key) !== undefined)
      throw new RpcError(
        'INVALID_PARAMS',
        `Entries whose keys begin with "${WORK_KEY}" are for work in the background; choose another key.`,
      )
  }
}

export class HandlerEvents implements Events {
  readonly #request: Asking

  constructor(request: Asking) {
    this.#request = request
  }

  async tell(name: string, data: EventData = {}): Promise<void> {
    await this.#request.askGateway(EVENT.tell, { name, data }, {})
  }

  async hear(name: string): Promise<void> {
    await this.#request.askGateway(EVENT.hear, { name }, {})
  }

  async unhear(name: string): Promise<boolean> {
    return (await this.#request.askGateway(EVENT.unhear, { name }, {})).heard === true
  }
}
