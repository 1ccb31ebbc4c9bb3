/** Calls a second: ours, what people would use instead, and the bare floor, in turns and side by side. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../servers.ts'
import { currentCall, currentHeaders, startAppliance } from './appliance.ts'
import { end, family, measure, residentMb, startPinned, until } from './processes.ts'

const TEXT = 'a text of fifty characters, which is given back now'
const LOAD = join(import.meta.dirname, 'load.mjs')
const STDIO_ECHO = join(import.meta.dirname, 'echo/stdio.mjs')
const PEERS = join(ROOT, 'out/bench/peers')
const PORTS = { supergateway: 18_731, mcpProxy: 18_732, floor: 18_733 }
export const CONNECTIONS = [1, 16, 64] as const

export interface Load {
  perSecond: number
  p50: number
  p99: number
}

interface Target {
  name: string
  task: Record<string, unknown>
  /** The process whose family's memory is its own. */
  pid: number
}

/** Median figures of a target at a number of connections. */
export interface Row extends Load {
  target: string
  connections: number
  residentMb: number
}

/** Installs the peers in a folder of their own. Throws where the registry can't be reached. */
export function installPeers(): void {
  mkdirSync(PEERS, { recursive: true })
  cpSync(join(import.meta.dirname, 'peers'), PEERS, { recursive: true })
  if (existsSync(join(PEERS, 'node_modules/.bin/supergateway'))) return
  try {
    execFileSync('npm', ['ci', '--loglevel=error'], { cwd: PEERS, stdio: 'inherit' })
  } catch (cause) {
    throw new Error('The peers could not be installed; the benchmark needs the npm registry for them.', {
      cause,
    })
  }
}

/** Runs all of it; `seconds` is how long each target is loaded in a round. */
export async function measureThroughput(
  rounds: number,
  seconds: number,
  say: (line: string) => void,
): Promise<Row[]> {
  const appliance = await startAppliance({ echo: true })
  const folder = mkdtempSync(join(tmpdir(), 'floor-'))
  const socket = join(folder, 'echo.sock')
  const peer = (program: string, ...args: string[]) =>
    startPinned(process.execPath, [join(PEERS, 'node_modules/.bin', program), ...args], PEERS)
  const started = {
    supergateway: peer(
      'supergateway',
      '--stdio',
      `${process.execPath} ${STDIO_ECHO}`,
      '--outputTransport',
      'streamableHttp',
      '--stateful',
      '--port',
      String(PORTS.supergateway),
      '--streamableHttpPath',
      '/mcp',
      '--logLevel',
      'none',
    ),
    mcpProxy: peer(
      'mcp-proxy',
      '--port',
      String(PORTS.mcpProxy),
      '--host',
      '127.0.0.1',
      '--server',
      'stream',
      '--',
      process.execPath,
      STDIO_ECHO,
    ),
    echo: startPinned(process.execPath, [join(import.meta.dirname, 'floor/echo.mjs'), socket]),
  }
  await until('the floor’s server listens', () => existsSync(socket))
  const floor = startPinned(process.execPath, [
    join(import.meta.dirname, 'floor/gateway.mjs'),
    socket,
    String(PORTS.floor),
  ])
  for (const child of [...Object.values(started), floor]) {
    child.stdout?.resume()
    child.stderr?.resume()
  }
  try {
    const { port, token, child } = appliance
    const ours = await sessionTask(port, token, 'echo_echo')
    const current = {
      kind: 'http',
      port,
      path: '/mcp',
      body: currentCall('echo_echo', { text: TEXT }),
      headers: currentHeaders(token, 'echo_echo'),
    }
    const plain = { kind: 'http', port: PORTS.floor, path: '/', body: legacyCall('echo'), headers: {} }
    const pid = (of: { pid?: number | undefined }) => of.pid as number
    const targets: Target[] = [
      { name: 'http.ours.session', task: ours, pid: pid(child) },
      { name: 'http.ours.current', task: current, pid: pid(child) },
      {
        name: 'http.supergateway',
        task: await sessionTask(PORTS.supergateway),
        pid: pid(started.supergateway),
      },
      { name: 'http.mcp-proxy', task: await sessionTask(PORTS.mcpProxy), pid: pid(started.mcpProxy) },
      { name: 'http.floor', task: plain, pid: pid(floor) },
      {
        name: 'ws.ours',
        task: {
          kind: 'ws',
          port,
          path: '/ws',
          body: current.body,
          headers: { Authorization: `Bearer ${token}` },
        },
        pid: pid(child),
      },
      { name: 'ws.floor', task: { ...plain, kind: 'ws' }, pid: pid(floor) },
    ]
    const rows: Row[] = []
    for (const connections of CONNECTIONS) {
      const samples = new Map<string, Load[]>(targets.map(({ name }) => [name, []]))
      const warmUp = 1
      for (let round = 0; round < rounds + warmUp; round++)
        for (const { name, task } of targets) {
          const load = await measure<Load>(LOAD, { ...task, connections, seconds, expect: TEXT })
          if (round >= warmUp) samples.get(name)?.push(load)
        }
      for (const { name, pid: root } of targets) {
        const row = medians(samples.get(name) ?? [])
        const residentMbOfAll = family(root).reduce((sum, one) => sum + residentMb(one), 0)
        rows.push({ target: name, connections, ...row, residentMb: residentMbOfAll })
        say(`${name} at ${connections}: ${row.perSecond.toFixed(0)}/s, p50 ${row.p50.toFixed(2)} ms`)
      }
    }
    return rows
  } finally {
    await Promise.all([appliance.stop(), ...[...Object.values(started), floor].map(end)])
    rmSync(folder, { recursive: true, force: true })
  }
}

const legacyCall = (name: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: { text: TEXT } } })

/** Opens a session of the older era, as clients do, and gives the load that uses it. */
async function sessionTask(port: number, token?: string, tool = 'echo'): Promise<Record<string, unknown>> {
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  }
  const post = (message: object, more: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}/mcp`, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    }).catch(() => undefined)
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  }
  const session = await until(`port ${port} opens a session`, async () => {
    const reply = await post({ id: 0, method: 'initialize', params })
    await reply?.text()
    return reply?.headers.get('mcp-session-id')
  })
  const inSession = { 'Mcp-Session-Id': session, 'MCP-Protocol-Version': '2025-11-25' }
  await (await post({ method: 'notifications/initialized' }, inSession))?.text()
  return { kind: 'http', port, path: '/mcp', body: legacyCall(tool), headers: { ...headers, ...inSession } }
}

function medians(loads: Load[]): Load {
  const of = (key: keyof Load) => loads.map((load) => load[key]).sort((a, b) => a - b)[loads.length >> 1] ?? 0
  return { perSecond: of('perSecond'), p50: of('p50'), p99: of('p99') }
}
