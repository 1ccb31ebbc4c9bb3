/** Work in the background of a server in its hardened unit: people see it, and systemd tells it before it ends. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { build } from 'esbuild'
import { WORKING_FOLDER, workingServer } from '../src/framework/testing/working-server.ts'
import { describeServer } from '../src/protocol/descriptor.ts'
import { System } from './system.ts'

const PROGRAM = '/usr/lib/llmbasedos/working.cjs'
const UNIT = 'mcp-working@ada.service'
const KEPT = '/var/lib/private/llmbasedos/working/ada'
const SERVICE = `[Unit]
Description=A server of a test that works in the background

[Service]
Type=notify
NotifyAccess=all
ExecStart=/usr/lib/llmbasedos/standby /usr/bin/node --disable-warning=ExperimentalWarning ${PROGRAM}
WatchdogSec=30s
StateDirectory=llmbasedos/working/%i
Environment=LLMBDO_IDLE_SECONDS=1
Environment=${WORKING_FOLDER}=/var/lib/llmbasedos/working/%i
`
const SOCKET = `[Socket]
ListenStream=/run/mcp/%i/working.sock
SocketUser=%i
`

let system: System

before(async () => {
  system = await System.boot()
  // What keeps the server is its work, and not that the gateway has called it lately.
  await system.put('/etc/llmbasedos/gateway.yaml', 'servers: {idleSeconds: 1}\n')
  await system.out(['systemctl', 'restart', 'llmbasedos-gateway.service'])
  await system.out(['luca', 'user', 'add', 'ada'])
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../src/framework/testing/working-main.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    external: ['koffi', 'sd-notify'],
    define: { 'import.meta.url': 'bundledUrl' },
    banner: { js: "const bundledUrl = require('node:url').pathToFileURL(__filename).href;" },
  })
  await system.put(PROGRAM, outputFiles[0]?.text ?? '')
  await system.put('/run/systemd/system/mcp-working@.service', SERVICE)
  await system.put('/run/systemd/system/mcp-working@.socket', SOCKET)
  await system.put(
    '/usr/lib/llmbasedos/caps/working.cap.json',
    JSON.stringify(describeServer(workingServer().server)),
  )
  await system.out(['systemctl', 'daemon-reload'])
  await system.out(['systemctl', 'start', 'mcp-working@ada.socket'])
})
after(() => system?.stop())

const noted = async (): Promise<string[]> =>
  (await system.run(['cat', `${KEPT}/noted`])).stdout.trim().split('\n')

async function begin(): Promise<void> {
  await system.run(['rm', '-f', `${KEPT}/noted`, `${KEPT}/enough`])
  const start = ['luca', 'call', 'working_start', '{"work": "index"}']
  await system.until('it takes the call', async () => (await system.run(start, { user: 'ada' })).code === 0)
  await system.until('it has begun', async () => (await noted()).includes('index began'))
}

interface Check {
  check: string
  what: string
  server?: string
  works?: { name: string; done: number; total: number }[]
}
async function told(user: string): Promise<Check | undefined> {
  const { stdout } = await system.run(['luca', 'doctor', '--json'], { user })
  return (JSON.parse(stdout) as { checks: Check[] }).checks.find(
    ({ check, server }) => check === 'background' && server === 'working',
  )
}

test('systemd and doctor tell of it, until it is done, and of none of another user', async () => {
  await begin()
  const status = /^works in the background: index since \S+Z, \d+ of 1000$/
  await system.until('systemd tells of it', async () => status.test(await system.show(UNIT, 'StatusText')))
  const check = await told('ada')
  assert.match(check?.what ?? '', /^working: index for \d+ s, \d+ of 1000$/)
  assert.equal(check?.works?.[0]?.name, 'index')
  await system.out(['luca', 'user', 'add', 'bob'])
  assert.equal(await told('bob'), undefined)
  await system.out(['touch', `${KEPT}/enough`])
  await system.until('it sleeps', () => system.isAsleep(UNIT))
  assert.deepEqual(await noted(), ['index began', 'index is done', 'closed'])
  assert.equal(await told('ada'), undefined)
})

test('stopped by systemd, the server tells its work, waits for it, and ends well', async () => {
  await begin()
  await system.out(['systemctl', 'stop', UNIT])
  assert.deepEqual(await noted(), [
    ...['index began', 'index was told', 'index kept how far it came', 'closed'],
  ])
  assert.equal(await system.show(UNIT, 'Result'), 'success')
  assert.match(await system.out(['cat', `${KEPT}/background.json`]), /"state":"stopped"/)
})
