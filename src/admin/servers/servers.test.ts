/** The verbs for servers of others, on a machine that is a folder; nspawn-test/added-servers.test.ts has the real one. */
import assert from 'node:assert/strict'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { STATE_NAMES } from '../../contracts/state-names.ts'
import type { LaunchSpec } from '../../contracts/third-party.ts'
import { boot } from '../boot.ts'
import { makeCertificate } from '../certificates.ts'
import { setHostname } from '../hostname.ts'
import { setLocality } from '../locality.ts'
import { RunFailed } from '../run.ts'
import { listSecrets, setSecret } from '../secrets.ts'
import { type TestMachine, testMachine } from '../testing/machine.ts'
import { addUser, makeOwner } from '../users.ts'
import { keepWifi } from '../wifi.ts'
import {
  addServer,
  approveServer,
  listServers,
  removeServer,
  restoreServers,
  switchServer,
  testServer,
} from './verbs.ts'

const LAUNCH: LaunchSpec = { command: '/usr/bin/notes', args: ['--all'], env: { KEY: 'open sesame' } }
const ALONE = { network: false, files: 'none' } as const
const TOOL = { name: 'find', description: 'Finds', inputSchema: { type: 'object' } }

/** A machine on which every server that is looked at offers these tools. */
async function machineWith(tools: object[] = [TOOL]): Promise<TestMachine> {
  const machine = testMachine()
  mkdirSync(join(machine.programs, 'caps'), { recursive: true })
  writeFileSync(join(machine.programs, 'caps/fs.cap.json'), '{}')
  await makeOwner(machine)
  offers(machine, tools)
  return machine
}

function offers(machine: TestMachine, tools: object[]): void {
  machine.answers.set('systemctl start -- mcp-notes_look@owner.service', () => {
    const offer = { tools, prompts: [], resources: [], resourceTemplates: [] }
    writeFileSync(join(machine.scratch, 'servers/notes/out'), JSON.stringify(offer))
    return ''
  })
}

/** All files below a folder, by their paths. */
const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name))
    : []
const add = (machine: TestMachine, name = 'notes') => addServer({ name, launch: LAUNCH, ...ALONE }, machine)

test('a server is looked at in its own sandbox, then pinned, started for all users, and known to the gateway last', async () => {
  using machine = await machineWith()
  const offered = await add(machine)
  assert.deepEqual(offered, {
    tools: [{ name: 'find', description: 'Finds' }],
    prompts: 0,
    resources: 0,
    remarks: [],
  })
  const ran = machine.lines('systemctl').filter((line) => line.includes('start --'))
  assert.deepEqual(ran, [
    'systemctl start -- mcp-notes_look@owner.service',
    'systemctl start -- mcp-notes@owner.socket',
  ])
  assert.ok(existsSync(join(machine.state, 'caps/notes.cap.json')))
  assert.deepEqual(await listServers({}, machine), {
    servers: [
      {
        name: 'notes',
        command: '/usr/bin/notes',
        tools: 1,
        ...ALONE,
        quarantined: [],
        remarks: [],
        enabled: true,
      },
    ],
  })
})

test('what is secret is on the disk sealed and nowhere else, and nothing of the look is left', async () => {
  using machine = await machineWith()
  await add(machine)
  for (const path of filesIn(machine.folder))
    assert.doesNotMatch(readFileSync(path, 'utf8'), /sesame|--all/, path)
  assert.deepEqual(filesIn(machine.scratch), [])
  assert.deepEqual(
    readdirSync(machine.units).filter((name) => name.includes('look')),
    [],
  )
})

test('a server that offers nothing, can’t be started or has a name of ours leaves nothing', async () => {
  using machine = await machineWith([])
  const before = filesIn(machine.folder)
  await assert.rejects(add(machine), /offers nothing/)
  machine.answers.set('systemctl start -- mcp-notes_look', () => {
    writeFileSync(join(machine.scratch, 'servers/notes/said'), 'It exited with 1 before it answered.')
    throw new RunFailed('/usr/bin/systemctl', 'failed')
  })
  machine.answers.delete('systemctl start -- mcp-notes_look@owner.service')
  await assert.rejects(add(machine), /could not be used: It exited with 1/)
  for (const name of ['fs', 'llm', 'models', 'servers', 'tools'])
    await assert.rejects(add(machine, name), /is taken/, name)
  assert.deepEqual(filesIn(machine.folder), before)
})

test('no server has the name of something else that is kept, which would be wiped with it', async () => {
  using machine = await machineWith()
  await boot(machine, { info() {}, error() {} })
  await setHostname({ name: 'attic' }, machine)
  await setLocality({ keyboard: 'de', timezone: 'UTC', language: 'C' }, machine)
  await keepWifi(machine, { name: 'home', passphrase: 'open sesame' })
  await makeCertificate({ names: ['box.example'] }, machine)
  await addUser({ name: 'ada' }, machine)
  await add(machine)
  const kept = readdirSync(machine.state)
  assert.ok(kept.length > 10)
  for (const name of kept) {
    assert.ok(STATE_NAMES.has(name), name)
    await assert.rejects(add(machine, name), /can't be added/, name)
  }
  assert.deepEqual(readdirSync(machine.state), kept)
})

test('a package is installed first, by its manager, with what that needs of the environment and no more', async () => {
  using machine = await machineWith()
  let given = ''
  machine.answers.set('systemctl start -- mcp-notes_install@owner.service', () => {
    given = readFileSync(join(machine.scratch, 'servers/notes/credential'), 'utf8')
    writeFileSync(join(machine.scratch, 'servers/notes/out'), '{"command":"/bin/notes","args":["-v"]}')
    return ''
  })
  const env = { KEY: 'open sesame', npm_config_registry: 'https://packages.example' }
  const launch = { command: 'npx', args: ['-y', 'notes-mcp', '-v'], env }
  await addServer({ name: 'notes', launch, ...ALONE }, machine)
  assert.deepEqual(JSON.parse(given), {
    manager: 'npm',
    packages: ['notes-mcp'],
    args: ['-v'],
    env: { npm_config_registry: 'https://packages.example' },
  })
  const { servers } = await listServers({}, machine)
  assert.equal(servers[0]?.command, 'npm notes-mcp')
})

test('a tool that changed is shown by a test, and taken over when it is approved', async () => {
  using machine = await machineWith()
  await add(machine)
  offers(machine, [
    { ...TOOL, description: 'Finds everything' },
    { ...TOOL, name: 'more' },
  ])
  const drift = { changed: ['find'], added: ['more'], removed: [] }
  assert.deepEqual(await testServer({ name: 'notes' }, machine), drift)
  await approveServer({ name: 'notes', tool: 'find' }, machine)
  assert.deepEqual(await testServer({ name: 'notes' }, machine), { ...drift, changed: [] })
  await assert.rejects(approveServer({ name: 'notes', tool: 'none' }, machine), /no tool "none"/)
  await approveServer({ name: 'notes' }, machine)
  assert.deepEqual(await testServer({ name: 'notes' }, machine), { changed: [], added: [], removed: [] })
})

test('what a server wrote down of its own changes is listed, whatever else it put there', async () => {
  using machine = await machineWith()
  await add(machine)
  const path = join(machine.state, 'notes/owner/quarantine.json')
  mkdirSync(dirname(path), { recursive: true })
  const quarantined = async () => (await listServers({}, machine)).servers[0]?.quarantined
  writeFileSync(path, '{"changed":["find",7],"added":["x"]}')
  assert.deepEqual(await quarantined(), ['find', 'x'])
  writeFileSync(path, 'rubbish')
  assert.deepEqual(await quarantined(), [])
  const link = join(machine.folder, 'private/notes/owner/quarantine.json')
  mkdirSync(dirname(link), { recursive: true })
  writeFileSync(join(machine.folder, 'elsewhere'), '{"changed":["stolen"],"added":[]}')
  symlinkSync(join(machine.folder, 'elsewhere'), link)
  assert.deepEqual(await quarantined(), [])
})

test('a disabled server is known to no user, not at the next boot either, until it is enabled', async () => {
  using machine = await machineWith()
  await add(machine)
  await switchServer({ name: 'notes', enabled: false }, machine)
  assert.equal(existsSync(join(machine.state, 'caps/notes.cap.json')), false)
  await restoreServers(machine)
  assert.deepEqual(filesIn(machine.units), [])
  await switchServer({ name: 'notes', enabled: true }, machine)
  assert.ok(existsSync(join(machine.state, 'caps/notes.cap.json')))
  assert.ok(existsSync(join(machine.units, 'mcp-notes@.socket')))
})

test('at boot the units are made anew as they were', async () => {
  using machine = await machineWith()
  await add(machine)
  const made = () => filesIn(machine.units).map((path) => [path, readFileSync(path, 'utf8')])
  const before = made()
  await machine.run('/usr/bin/rm', ['-r', machine.units])
  machine.ran.length = 0
  await restoreServers(machine)
  assert.deepEqual(made(), before)
  assert.equal(machine.lines('systemctl daemon-reload').length, 1)
})

test('units can be read by all users, whatever the umask of the helper is', async () => {
  using machine = await machineWith()
  const before = process.umask(0o077)
  try {
    await add(machine)
  } finally {
    process.umask(before)
  }
  const units = filesIn(machine.units).filter((path) => !lstatSync(path).isSymbolicLink())
  assert.ok(units.length > 3)
  for (const path of units) {
    assert.equal(lstatSync(path).mode & 0o777, 0o644, path)
    assert.equal(lstatSync(dirname(path)).mode & 0o777, 0o755, path)
  }
})

test('a server that can’t be added costs no user the secrets that they kept for it', async () => {
  using machine = await machineWith([])
  await setSecret({ server: 'notes', user: 'owner', name: 'KEY', value: 'open sesame' }, machine)
  await assert.rejects(add(machine), /offers nothing/)
  const secrets = async () => (await listSecrets({}, machine, { uid: 0, name: 'root', mayAll: true })).secrets
  assert.equal((await secrets()).length, 1)
  offers(machine, [TOOL])
  await add(machine)
  await removeServer({ name: 'notes' }, machine)
  assert.deepEqual(await secrets(), [])
})

test('a removal that is cut off can be done again, and none of its steps brings the server back', async () => {
  using machine = await machineWith()
  const before = filesIn(machine.folder)
  await add(machine)
  await setSecret({ server: 'notes', user: 'owner', name: 'KEY', value: 'open sesame' }, machine)
  const kept = join(machine.folder, 'private/notes/owner/x')
  mkdirSync(dirname(kept), { recursive: true })
  writeFileSync(kept, '')
  for (const step of ['systemctl stop --', 'systemctl daemon-reload', 'rm -rf']) {
    machine.answers.set(step, () => {
      throw new RunFailed('/usr/bin/any', 'failed')
    })
    await assert.rejects(removeServer({ name: 'notes' }, machine), /failed/, step)
    machine.answers.delete(step)
    assert.equal((await listServers({}, machine)).servers.length, 1, step)
    assert.equal(existsSync(join(machine.state, 'caps/notes.cap.json')), false, step)
  }
  await removeServer({ name: 'notes' }, machine)
  assert.deepEqual(filesIn(machine.folder), before)
})

test('what is left of an addition that was cut off is not the next server’s', async () => {
  using machine = await machineWith()
  const left = [
    'private/programs/notes/node_modules/x',
    'private/notes/owner/x',
    'state/servers/notes/server.json',
    'private/programs/other/x',
    'private/other/owner/x',
    'state/servers/other/server.json',
  ]
  for (const path of left) {
    mkdirSync(dirname(join(machine.folder, path)), { recursive: true })
    writeFileSync(join(machine.folder, path), 'of another')
  }
  await add(machine)
  const [stop] = machine.lines('systemctl stop --')
  assert.match(stop ?? '', /mcp-notes_\*@\*\.service/, 'nothing of it is at work any more')
  for (const path of filesIn(machine.folder)) assert.notEqual(readFileSync(path, 'utf8'), 'of another', path)
})

test('an addition leaves its trace before anything is installed, so that the next one finds what it left', async () => {
  using machine = await machineWith()
  let traced = false
  const start = 'systemctl start -- mcp-notes_look@owner.service'
  const looked = machine.answers.get(start)
  machine.answers.set(start, (...given) => {
    traced = existsSync(join(machine.state, 'servers/notes'))
    return looked?.(...given) ?? ''
  })
  await add(machine)
  assert.ok(traced)
})

for (const [what, file, text] of [
  ['a record that is cut off', 'record.json', '{"command":"x"'],
  ['a record without grants', 'record.json', '{"command":"x","enabled":true}'],
  [
    'a record of unknown grants',
    'record.json',
    '{"command":"x","enabled":true,"network":false,"files":"all"}',
  ],
  ['pins that are cut off', 'pinned.json', '{"name":'],
  ['pins of another server', 'pinned.json', '{"name":"other","offer":{"tools":[]},"pins":{}}'],
] as const)
  test(`${what}: the server is granted nothing, the others start, and it can be removed`, async () => {
    using machine = await machineWith()
    await add(machine)
    machine.answers.set('systemctl start -- mcp-zettel_look@owner.service', () => {
      const offer = { tools: [TOOL], prompts: [], resources: [], resourceTemplates: [] }
      writeFileSync(join(machine.scratch, 'servers/zettel/out'), JSON.stringify(offer))
      return ''
    })
    await add(machine, 'zettel')
    writeFileSync(join(machine.state, 'servers/notes', file), text)
    await machine.run('/usr/bin/rm', ['-r', machine.units])
    await assert.rejects(restoreServers(machine), /"notes" is damaged.*add it again/)
    assert.ok(existsSync(join(machine.units, 'mcp-zettel@.socket')))
    assert.equal(existsSync(join(machine.units, 'mcp-notes@.socket')), false)
    assert.equal(machine.ran.at(-1)?.line, 'systemctl daemon-reload')
    const { servers } = await listServers({}, machine)
    assert.deepEqual(
      servers.map(({ name, enabled }) => [name, enabled]),
      [
        ['notes', false],
        ['zettel', true],
      ],
    )
    assert.match(servers[0]?.command ?? '', /damaged/)
    await assert.rejects(testServer({ name: 'notes' }, machine), /"notes" is damaged/)
    await assert.rejects(add(machine), /a server "notes" already/)
    await removeServer({ name: 'notes' }, machine)
    await add(machine)
  })

test('removal leaves nothing of a server, and everything of others', async () => {
  using machine = await machineWith()
  const before = filesIn(machine.folder)
  await add(machine)
  for (const kept of [
    'state/notes/owner/x',
    'private/notes/owner/x',
    'private/programs/notes/x',
    'state/notesy/x',
  ]) {
    mkdirSync(dirname(join(machine.folder, kept)), { recursive: true })
    writeFileSync(join(machine.folder, kept), '')
  }
  await removeServer({ name: 'notes' }, machine)
  assert.deepEqual(filesIn(machine.folder).sort(), [...before, join(machine.folder, 'state/notesy/x')].sort())
  await assert.rejects(removeServer({ name: 'notes' }, machine), /No server "notes" was added/)
})
