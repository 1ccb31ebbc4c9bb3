/** What the appliance costs when nothing happens, when it wakes, and when much has happened. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Appliance, currentCall, currentHeaders, startAppliance } from './appliance.ts'
import { CLIENT_CPU, measure, residentMb, until } from './processes.ts'
import type { Load } from './throughput.ts'

/** How long memory is given to settle, in milliseconds. */
const SETTLE_MS = 2000
/** By when a gateway that rests has given back what starting took, in milliseconds (host/garbage.ts). */
const AT_REST_MS = 15_000
const settle = (ms = SETTLE_MS) => new Promise((resolve) => setTimeout(resolve, ms))

async function call({ port, token }: Appliance, name: string, args: object): Promise<number> {
  const sent = performance.now()
  const reply = await fetch(`http://127.0.0.1:${port}/mcp`, {
    method: 'POST',
    headers: currentHeaders(token, name),
    body: currentCall(name, args),
  })
  const text = await reply.text()
  if (reply.status !== 200) throw new Error(text)
  return performance.now() - sent
}

/** The gateway's memory with every server asleep, in MB; and the first calls to a server that sleeps, in ms. */
export async function measureSleep(runs: number): Promise<{ residentMb: number; coldMs: number[] }> {
  const appliance = await startAppliance({ echo: false, idleSeconds: 1 })
  try {
    const asleep = () => until('every server sleeps', () => appliance.awake().length === 0)
    await call(appliance, 'fs_list_directory', { path: '/' })
    await asleep()
    await settle(AT_REST_MS)
    const resident = residentMb(appliance.gatewayPid)
    const coldMs: number[] = []
    for (let run = 0; run < runs; run++) {
      await asleep()
      coldMs.push(await call(appliance, 'fs_list_directory', { path: '/' }))
    }
    return { residentMb: resident, coldMs: coldMs.sort((a, b) => a - b) }
  } finally {
    await appliance.stop()
  }
}

/** What an idle WebSocket costs the gateway, in KB (1000 bytes). */
export async function measureIdleSockets(count: number): Promise<number> {
  const appliance = await startAppliance({ echo: false })
  const { port, token, gatewayPid } = appliance
  const program = join(import.meta.dirname, 'idle-sockets.mjs')
  try {
    await settle()
    const before = residentMb(gatewayPid)
    const client = spawn(
      'taskset',
      ['-c', CLIENT_CPU, process.execPath, program, JSON.stringify({ port, token, count })],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    await Promise.race([
      once(client.stdout, 'data'),
      once(client, 'exit').then(() => Promise.reject(new Error('The idle WebSockets could not be opened.'))),
    ])
    await settle()
    const after = residentMb(gatewayPid)
    client.stdin.end()
    await once(client, 'exit')
    return ((after - before) * 1000) / count
  } finally {
    await appliance.stop()
  }
}

/** `mcp.hello` beside a tool that takes a second, on one connection. */
export async function measureHello(seconds: number): Promise<{ p50: number; p99: number }> {
  const appliance = await startAppliance({ echo: true })
  try {
    const { port, token } = appliance
    return await measure(join(import.meta.dirname, 'hello-latency.mjs'), {
      port,
      token,
      seconds,
      slow: 'mcp.echo.wait',
    })
  } finally {
    await appliance.stop()
  }
}

/** A call, and one with a call of the same tool within it, each p50 in ms. */
export async function measureNested(count: number): Promise<{ direct: number; nested: number }> {
  const appliance = await startAppliance({ echo: true, caller: true })
  try {
    const { port, token } = appliance
    return await measure(join(import.meta.dirname, 'nested-latency.mjs'), {
      port,
      token,
      count,
      direct: currentCall('echo_echo', { text: 'x' }),
      nested: currentCall('caller_call', { text: 'x' }),
    })
  } finally {
    await appliance.stop()
  }
}

/** The gateway's memory after a collection, after so many calls and after twice as many, in MB. */
export async function measureGrowth(calls: number): Promise<[once: number, twice: number]> {
  const appliance = await startAppliance({ echo: true })
  try {
    const { port, token, gatewayPid } = appliance
    const task = {
      kind: 'ws',
      port,
      path: '/ws',
      body: currentCall('echo_echo', { text: 'x' }),
      headers: { Authorization: `Bearer ${token}` },
      connections: 16,
      seconds: 2,
      expect: '"x"',
    }
    const load = async (wanted: number) => {
      for (let done = 0; done < wanted; )
        done += (await measure<Load>(join(import.meta.dirname, 'load.mjs'), task)).perSecond * task.seconds
      await collectGarbage(gatewayPid)
      await settle()
      return residentMb(gatewayPid)
    }
    return [await load(calls), await load(calls)]
  } finally {
    await appliance.stop()
  }
}

/** How long the gateway rests after its load, in milliseconds. */
const REST_MS = 60_000

/** The gateway's memory after a load on 64 connections, and a minute of rest after it, in MB. */
export async function measureRest(seconds: number): Promise<{ loadedMb: number; restedMb: number }> {
  const appliance = await startAppliance({ echo: true })
  try {
    const { port, token, gatewayPid } = appliance
    await measure<Load>(join(import.meta.dirname, 'load.mjs'), {
      kind: 'http',
      port,
      path: '/mcp',
      body: currentCall('echo_echo', { text: 'x' }),
      headers: currentHeaders(token, 'echo_echo'),
      connections: 64,
      seconds,
      expect: '"x"',
    })
    const loadedMb = residentMb(gatewayPid)
    await new Promise((resolve) => setTimeout(resolve, REST_MS))
    return { loadedMb, restedMb: residentMb(gatewayPid) }
  } finally {
    await appliance.stop()
  }
}

/** Where Node's inspector listens once a process got SIGUSR1. */
const INSPECTOR = 'http://127.0.0.1:9229/json/list'

async function collectGarbage(pid: number): Promise<void> {
  process.kill(pid, 'SIGUSR1')
  const [target] = await until('the inspector listens', async () => {
    const reply = await fetch(INSPECTOR).catch(() => undefined)
    return reply && ((await reply.json()) as { webSocketDebuggerUrl: string }[])
  })
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '')
  await once(socket, 'open')
  for (let round = 1; round <= 3; round++) {
    socket.send(JSON.stringify({ id: round, method: 'HeapProfiler.collectGarbage' }))
    await once(socket, 'message')
  }
  socket.close()
}
