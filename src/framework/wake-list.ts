/** `ToolContext.wake` and `ToolContext.events`: what a handler has the gateway remember for later. */
import { EVENT, type Events } from '../protocol/events.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { Result } from '../protocol/mcp.ts'
import { WAKE, type WakeEntry, type WakeList } from '../protocol/wake.ts'
import { WORK_KEY, workOfKey } from './background.ts'
import type { AskOptions } from './gateway-requests.ts'

/** The request that a handler works on. */
export interface Asking {
  askGateway(method: string, params: Record<string, unknown>, options: AskOptions): Promise<Result>
}

/** The wake list of a handler. Entries for work in the background are the framework's own: a handler neither sees nor makes any. */
export function handlerWakeList(request: Asking): WakeList {
  const own = (key: string): string => {
    if (workOfKey(key) === undefined) return key
    throw new RpcError(
      'INVALID_PARAMS',
      `Entries whose keys begin with "${WORK_KEY}" are for work in the background; choose another key.`,
    )
  }
  const all = frameworkWakeList(request)
  return {
    at: async (key, time) => all.at(own(key), time),
    every: async (key, rule) => all.every(own(key), rule),
    cancel: async (key) => all.cancel(own(key)),
    list: async () => (await all.list()).filter(({ key }) => workOfKey(key) === undefined),
  }
}

/** The same wake list with the framework's own entries. */
export const frameworkWakeList = (request: Asking): WakeList => ({
  async at(key, time) {
    const at = typeof time === 'number' ? time : time.getTime()
    if (!Number.isFinite(at)) throw new RpcError('INVALID_PARAMS', 'The time to be woken at is no time.')
    await request.askGateway(WAKE.at, { key, time: Math.ceil(at) }, {})
  },
  async every(key, rule) {
    await request.askGateway(WAKE.every, { key, rule }, {})
  },
  cancel: async (key) => (await request.askGateway(WAKE.cancel, { key }, {})).cancelled === true,
  list: async () => (await request.askGateway(WAKE.list, {}, {})).entries as WakeEntry[],
})

export const handlerEvents = (request: Asking): Events => ({
  async tell(name, data = {}) {
    await request.askGateway(EVENT.tell, { name, data }, {})
  },
  async hear(name) {
    await request.askGateway(EVENT.hear, { name }, {})
  },
  unhear: async (name) => (await request.askGateway(EVENT.unhear, { name }, {})).heard === true,
})
