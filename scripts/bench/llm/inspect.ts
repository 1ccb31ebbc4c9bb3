/** Measures from outside how long a process of Node was kept from its events. */
import { once } from 'node:events'
import { until } from '../processes.ts'

/** Where Node's inspector listens once a process got SIGUSR1. */
const INSPECTOR = 'http://127.0.0.1:9229/json/list'
const START =
  "(globalThis.benchDelay = process.getBuiltinModule('perf_hooks').monitorEventLoopDelay({ resolution: 1 })).enable()"
const READ = 'globalThis.benchDelay.max / 1e6'

export interface EventLoopWatch {
  /** The longest delay since the beginning, in milliseconds. */
  longestMs(): Promise<number>
}

export async function watchEventLoop(pid: number): Promise<EventLoopWatch> {
  process.kill(pid, 'SIGUSR1')
  const [target] = await until('the inspector listens', async () => {
    const reply = await fetch(INSPECTOR).catch(() => undefined)
    return reply && ((await reply.json()) as { webSocketDebuggerUrl: string }[])
  })
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '')
  await once(socket, 'open')
  const evaluate = async (expression: string): Promise<unknown> => {
    socket.send(
      JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, returnByValue: true } }),
    )
    const [{ data }] = (await once(socket, 'message')) as [{ data: string }]
    return JSON.parse(data).result.result.value
  }
  await evaluate(START)
  return {
    async longestMs() {
      const longest = Number(await evaluate(READ))
      socket.close()
      return longest
    },
  }
}
