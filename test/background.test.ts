/** Work in the background of a real server, behind a real gateway: it goes on without a connection, and people see it. */
import assert from 'node:assert/strict'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { ADMIN, type GatewayStatus } from '../src/command/admin.ts'
import { statusesBeside } from '../src/command/background.ts'
import { GatewayLink } from '../src/command/link.ts'
import { notedIn, WORKING_FOLDER, workingServer } from '../src/framework/testing/working-server.ts'
import { describeServer } from '../src/protocol/descriptor.ts'
import { type Appliance, ROOT, startAppliance, until } from './support/appliance.ts'
import { ESC } from './support/luca-terminal.ts'
import { processes } from './support/processes.ts'
import { VirtualTerminal } from './support/virtual-terminal.ts'

const base = mkdtempSync(join(tmpdir(), 'works-'))
const folder = join(base, 'noted')
let appliance: Appliance
const units = join(base, 'units')
const caps = join(base, 'caps')
const options = {
  units: [units],
  descriptors: [caps],
  config: 'servers:\n  idleSeconds: 1\n',
}

before(async () => {
  for (const path of [units, caps, folder]) mkdirSync(path)
  const main = join(ROOT, 'src/framework/testing/working-main.ts')
  writeFileSync(
    join(units, 'mcp-working@.service'),
    `[Service]
Type=notify
ExecStart=/usr/bin/node --disable-warning=ExperimentalWarning ${main} ${folder}
CacheDirectory=llmbasedos/working/%i
Environment=LLMBDO_IDLE_SECONDS=1
Environment=${WORKING_FOLDER}=${folder}
`,
  )
  writeFileSync(join(units, 'mcp-working@.socket'), '[Socket]\nListenStream=/run/mcp/%i/working.sock\n')
  writeFileSync(join(caps, 'working.cap.json'), JSON.stringify(describeServer(workingServer().server)))
  appliance = await startAppliance({ ...options, state: join(base, 's') })
})
after(async () => {
  await appliance?.stop()
  rmSync(base, { recursive: true, force: true })
})

interface Check {
  check: string
  what: string
  server?: string
  works?: { name: string; since: number; done: number; total: number }[]
}

/** What doctor says of the server, and of its work. */
async function told() {
  const { stdout } = await appliance.luca(['doctor', '--json'])
  const { checks } = JSON.parse(stdout) as { checks: Check[] }
  return {
    server: checks.find(({ check }) => check === 'server working')?.what,
    work: checks.find(({ check, server }) => check === 'background' && server === 'working'),
  }
}

async function begin(): Promise<void> {
  rmSync(join(folder, 'noted'), { force: true })
  const { code, stderr } = await appliance.luca(['call', 'working_start', '{"work": "index"}'])
  assert.equal(code, 0, stderr)
  await until('it has begun', () => notedIn(folder).includes('index began'))
}

test('doctor and the view System tell of work that goes on though the gateway has closed its connection', async () => {
  assert.deepEqual(await told(), { server: 'asleep, 3 tools', work: undefined })
  await begin()
  const began = Date.now()
  const link = await GatewayLink.open(appliance.socket, { name: 'test', version: '0' })
  await until('the gateway has closed its connection', async () => {
    const { servers } = await link.ask<GatewayStatus>(ADMIN.status, {})
    return servers.some(({ name, state }) => name === 'working' && state === 'asleep')
  })
  link.close()
  const { server, work } = await told()
  assert.equal(server, 'works in the background, 3 tools')
  assert.match(work?.what ?? '', /^working: index for \d+ s, \d+ of 1000$/)
  const [{ name = '', since = 0 } = {}] = work?.works ?? []
  assert.equal(name, 'index')
  assert.ok(since > began - 60_000 && since <= began)
  const terminal = new VirtualTerminal({
    columns: 120,
    rows: 30,
    env: { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: appliance.socket, LLMBDO_STATE: join(base, 'luca') },
  })
  try {
    await terminal.shows(/●/)
    terminal.type(`${ESC}4`)
    await terminal.shows(/IN THE BACKGROUND/)
    await terminal.shows(/working +● works .*index for \d+ s, \d+ of 1000/)
  } finally {
    await terminal.close()
  }
  writeFileSync(join(folder, 'enough'), '')
  await until('doctor tells of no work', async () => (await told()).work === undefined)
  await until('the server has ended', () => notedIn(folder).includes('closed'))
  assert.deepEqual(await told(), { server: 'asleep, 3 tools', work: undefined })
})

test('of a server that was killed no work is shown', async () => {
  rmSync(join(folder, 'enough'), { force: true })
  await begin()
  await until('doctor tells of it', async () => (await told()).work !== undefined)
  const kept = JSON.parse(readFileSync(statusesBeside(appliance.socket), 'utf8'))
  assert.deepEqual(Object.keys(kept), ['pid', 'units'])
  assert.notEqual((await appliance.luca(['call', 'working_crash', '{}'])).code, 0)
  await until('doctor tells of no work', async () => (await told()).work === undefined)
})

for (const [how, signal] of [
  ['stopped', 'SIGTERM'],
  ['killed', 'SIGKILL'],
] as const)
  test(`work that was ${how} with its server goes on by the wake list, also after a restart of the gateway`, async () => {
    rmSync(join(folder, 'enough'), { force: true })
    await begin()
    const [pid = 0] = processes(folder)
    process.kill(pid, signal)
    await until('the server has ended', () => processes(folder).length === 0)
    const listed = JSON.parse((await appliance.luca(['schedule', 'list', '--json'])).stdout)
    assert.match(JSON.stringify(listed), /background:index/)
    const { state } = appliance
    await appliance.stop()
    // Time passes while the machine is off.
    passed(state)
    appliance = await startAppliance({ ...options, state })
    await until('it goes on', () => notedIn(folder).filter((line) => line === 'index began').length === 2)
    writeFileSync(join(folder, 'enough'), '')
    await until('it is done', () => notedIn(folder).includes('index is done'))
  })

/** Has ten minutes pass for all that is kept: the entries of the wake list, and when work failed. */
function passed(state: string): void {
  const ms = 600_000
  using database = new DatabaseSync(join(state, 'lib/gateway/gateway.db'))
  database.exec(`UPDATE wake SET due = due - ${ms}, next = next - ${ms}, reckonedAt = reckonedAt - ${ms}`)
  for (const path of globSync('**/background.json', { cwd: state })) {
    const kept = JSON.parse(readFileSync(join(state, path), 'utf8'))
    kept.index.at -= ms
    writeFileSync(join(state, path), JSON.stringify(kept))
  }
}
