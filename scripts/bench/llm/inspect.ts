/** Measures from outside how long a process of Node was kept from its events. */
import { once } from 'node:events'
import { until } from '../processes.ts'

/** Where Node's inspector listens once a process got SIGUSR1. */
const INSPECTOR = 'http://127.0.0.1:9229/json/list'
/**
 * The longest delay of a timer counts the machine's other work as well. How long the process itself kept its events
 * waiting is the processor time of its main thread from one turn of its event loop to the next.
 */
const START = `(() => {
  const delay = process.getBuiltinModule('perf_hooks').monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const watch = { longestTurn: 0, delay }
  let before = process.threadCpuUsage()
  setInterval(() => {
    const { user, system } = process.threadCpuUsage(before)
    before = process.threadCpuUsage()
    watch.longestTurn = Math.max(watch.longestTurn, user + system)
  }, 1)
  globalThis.benchWatch = watch
})()`
/** That the inspector was opened is no part of it. */
const FORGET = 'benchWatch.longestTurn = 0; benchWatch.delay.reset()'
const SETTLE_MS = 500
const READ = '({ turnMs: benchWatch.longestTurn / 1e3, delayMs: benchWatch.delay.max / 1e6 })'

export interface EventLoopWatch {
  /** Since the beginning, in milliseconds: the longest turn, and the longest delay of a timer. */
  longest(): Promise<{ turnMs: number; delayMs: number }>
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
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  await evaluate(FORGET)
  return {
    async longest() {
      const found = (await evaluate(READ)) as { turnMs: number; delayMs: number }
      socket.close()
      return found
    },
  }
}
