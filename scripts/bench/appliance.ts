/** Ours: `luca up` with the echo server, on the servers' processor. */

import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeServer } from '../../src/protocol/descriptor.ts'
import { CURRENT_VERSION, META } from '../../src/protocol/mcp.ts'
import { loadServers, ROOT } from '../servers.ts'
import { server as caller } from './caller/server.ts'
import { server as echoServer } from './echo/server.ts'
import { commandOf, end, family, startAnywhere, startPinned, until } from './processes.ts'

export interface Appliance {
  port: number
  token: string
  child: ChildProcess
  gatewayPid: number
  /** The processes of servers that are awake. */
  awake(): number[]
  stop(): Promise<void>
}

export interface ApplianceOptions {
  /** With the echo server; else only with those that come with the project. */
  echo: boolean
  /** With the server that calls it, too. */
  caller?: boolean
  /** After how many seconds without a call servers sleep. */
  idleSeconds?: number
  /** Whether it has only the servers' processor; by default. */
  isPinned?: boolean
  /** Puts into the state folder what it shall begin with. */
  prepare?(state: string): void | Promise<void>
}

/** Starts it and waits until it is ready. */
export async function startAppliance({
  echo,
  caller: calls = false,
  idleSeconds = 600,
  isPinned = true,
  prepare,
}: ApplianceOptions): Promise<Appliance> {
  const base = mkdtempSync(join(tmpdir(), 'bench-'))
  const state = join(base, 's')
  const units = join(base, 'units')
  const caps = join(base, 'caps')
  for (const folder of [join(state, 'etc'), units, caps]) await mkdir(folder, { recursive: true })
  writeFileSync(join(state, 'etc/gateway.yaml'), `servers:\n  idleSeconds: ${idleSeconds}\n`)
  const ours = (await loadServers()).filter(({ server, fixture }) => !fixture && server.scope === 'user')
  for (const { name } of ours.map(({ server }) => server)) {
    await mkdir(join(units, `mcp-${name}@.service.d`))
    writeFileSync(
      join(units, `mcp-${name}@.service.d/bench.conf`),
      `[Service]\nEnvironment=LLMBDO_IDLE_SECONDS=${idleSeconds}\n`,
    )
  }
  for (const server of [...(echo ? [echoServer] : []), ...(calls ? [caller] : [])]) {
    const { name } = server
    const main = join(import.meta.dirname, name, 'main.ts')
    writeFileSync(
      join(units, `mcp-${name}@.service`),
      `[Service]\nType=exec\nExecStart=/usr/bin/node --disable-warning=ExperimentalWarning ${main}\nEnvironment=LLMBDO_IDLE_SECONDS=0\n`,
    )
    writeFileSync(join(units, `mcp-${name}@.socket`), `[Socket]\nListenStream=/run/mcp/%i/${name}.sock\n`)
    writeFileSync(join(caps, `${name}.cap.json`), JSON.stringify(describeServer(server)))
  }
  await prepare?.(state)
  const child = (isPinned ? startPinned : startAnywhere)(join(ROOT, 'bin/luca'), [
    ...['up', '--json', '--port', '0', '--state', state, '--files', base, '--units', units, '--caps', caps],
  ])
  let out = ''
  let log = ''
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  child.stderr?.on('data', (chunk) => {
    log = (log + chunk).slice(-4000)
  })
  const { url, token } = await until('the appliance is up', () => {
    if (child.exitCode !== null) throw new Error(`luca up ended: ${log}`)
    return out.trimEnd().endsWith('}') ? (JSON.parse(out) as { url: string; token: string }) : undefined
  })
  const servers = () => family(child.pid as number)
  const gatewayPid = servers().find((pid) => commandOf(pid).endsWith('gateway.mjs')) as number
  return {
    port: Number(new URL(url).port),
    token,
    child,
    gatewayPid,
    awake: () => servers().filter((pid) => /(fs|time)\.cjs$|echo\/main\.ts$/.test(commandOf(pid))),
    async stop() {
      await end(child)
      rmSync(base, { recursive: true, force: true })
    },
  }
}

export const ENVELOPE = { [META.version]: CURRENT_VERSION, [META.clientCapabilities]: {} }

/** A call of the current revision as text. */
export const currentCall = (name: string, args: object): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args, _meta: ENVELOPE },
  })

export const currentHeaders = (token: string, name: string): Record<string, string> => ({
  Authorization: `Bearer ${token}`,
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
  'MCP-Protocol-Version': CURRENT_VERSION,
  'Mcp-Method': 'tools/call',
  'Mcp-Name': name,
})
