/** What a unit can reach from within its own sandbox: its program is replaced by one that tries. */

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { loadServers } from '../scripts/servers.ts'
import { System } from './system.ts'

const PROBE = '/usr/lib/llmbasedos/probe.mjs'
/** The servers that each user has. */
const OURS = (await loadServers())
  .filter(({ server, fixture }) => !fixture && server.scope === 'user')
  .map(({ server }) => server.name)

let system: System

before(async () => {
  system = await System.boot()
  await system.put(PROBE, readFileSync(join(import.meta.dirname, 'probe.mjs'), 'utf8'))
  for (const name of ['ada', 'bob']) {
    await system.out(['luca', 'user', 'add', name])
    await system.out(['tee', `/home/${name}/secret.txt`], { user: name, input: 'mine' })
    await system.out(['chmod', '644', `/home/${name}/secret.txt`])
  }
  // Wakes the gateway and each server, so that each keeps something of its own.
  for (const user of ['ada', 'bob']) {
    await system.out(['luca', 'tools'], { user })
    for (const name of OURS) await system.out(['systemctl', 'start', `mcp-${name}@${user}.service`])
  }
})
after(() => system?.stop())

/** Gives what came of each try within the sandbox of a unit. */
async function probe(unit: string, tries: string[]): Promise<Record<string, string>> {
  const instance = `/run/systemd/system/${unit}.d/99-probe.conf`
  const tag = randomUUID()
  const command = `${PROBE} ${tag} "${JSON.stringify(tries).replaceAll('"', '\\"')}"`
  await system.put(
    instance,
    `[Service]\nType=oneshot\nWatchdogSec=0\nRestart=no\nExecStart=\nExecStart=/usr/bin/node ${command}\n`,
  )
  await system.out(['systemctl', 'daemon-reload'])
  await system.out(['systemctl', 'stop', unit])
  await system.out(['systemctl', 'start', unit])
  await system.out(['rm', instance])
  await system.out(['systemctl', 'daemon-reload'])
  const said = await system.until('the probe has said what it found', async () => {
    const log = await system.out(['journalctl', '-b', '-o', 'cat'])
    return new RegExp(`PROBED ${tag} (.*)`).exec(log)?.[1]
  })
  return JSON.parse(said) as Record<string, string>
}

function allows(found: Record<string, string>, line: string): void {
  assert.match(found[line] ?? 'not tried', /^yes/, line)
}
function denies(found: Record<string, string>, ...lines: string[]): void {
  for (const line of lines) assert.match(found[line] ?? 'not tried', /^no/, `${line}: ${found[line]}`)
}
/** What runs of a service: its first process, and what that has started. */
const processesOf = async (unit: string) => {
  const processes = `/sys/fs/cgroup${await system.show(unit, 'ControlGroup')}/cgroup.procs`
  return (await system.out(['cat', processes])).split('\n')
}

test('the gateway reads no file of a user, and reaches neither the root helper nor anything outside', async () => {
  const tries = [
    'list /home',
    'read /home/ada/secret.txt',
    'connect /run/llmbasedos/admin.sock',
    'connect /run/systemd/resolve/io.systemd.Resolve',
    'list /run/credentials/mcp-fs@ada.service',
    'list /var/lib/llmbasedos/credstore.encrypted',
    'list /var/lib/private/llmbasedos',
    'read /var/lib/systemd/credential.secret',
    'outside 192.0.2.1',
    'network 8000',
    'become 0',
    'write /usr/lib/llmbasedos/x',
    'write /etc/x',
    'connect /run/mcp/ada/fs.sock',
    'list /var/lib/llmbasedos/gateway',
  ]
  const found = await probe('llmbasedos-gateway.service', tries)
  allows(found, 'connect /run/mcp/ada/fs.sock')
  allows(found, 'list /var/lib/llmbasedos/gateway')
  assert.equal(found['list /var/lib/private/llmbasedos'], 'yes gateway', 'its own state alone')
  denies(found, ...tries.slice(1, -2).filter((line) => !line.includes('private')))
  assert.ok(/^no/.test(found['list /home'] as string) || found['list /home'] === 'yes')
})

test('the server of files sees its user’s folder and no other, nothing else of that user, and no network', async () => {
  const unit = 'hers.service'
  await system.out(['systemd-run', '--quiet', `--unit=${unit}`, '--uid=ada', 'sleep', 'infinity'])
  const hers = await system.show(unit, 'MainPID')
  const tries = [
    'list /home/ada',
    'write /home/ada/written.txt',
    'read /home/bob/secret.txt',
    'write /home/bob/written.txt',
    'network 8000',
    'outside 192.0.2.1',
    'write /usr/lib/llmbasedos/x',
    'write /var/lib/x',
    'become 0',
    `see /proc/${hers}`,
    `list /proc/${hers}/root/run`,
    `connect /proc/${hers}/root/run/mcp/gateway.sock`,
    `connect /proc/${hers}/root/run/llmbasedos/admin.sock`,
    `read /proc/${hers}/environ`,
    `change /proc/${hers}/mem`,
  ]
  const found = await probe('mcp-fs@ada.service', tries)
  await system.out(['systemctl', 'stop', unit])
  allows(found, 'list /home/ada')
  allows(found, 'write /home/ada/written.txt')
  denies(found, ...tries.slice(2))
  assert.equal((await system.out(['ls', '/home/bob'])).includes('written'), false)
})

test('the server of mail has the mail and the secrets of its user, and none of another’s, nor any file', async () => {
  const unit = 'mcp-mail@ada.service'
  for (const user of ['ada', 'bob']) {
    await system.out(['luca', 'secret', 'set', 'mail', `of-${user}`, '--user', user], { input: 'hunter2' })
    // It keeps its database from its first call on.
    await system.out(['luca', 'mail', 'accounts'], { user })
  }
  const own = ['own STATE_DIRECTORY', 'own CREDENTIALS_DIRECTORY']
  const others = [
    ...['/var/lib', '/var/lib/private', '/var/cache', '/var/cache/private'].flatMap((folder) => [
      `list ${folder}/llmbasedos/mail/bob`,
      `read ${folder}/llmbasedos/mail/bob/mail.db`,
      `list ${folder}/llmbasedos/fs/ada`,
    ]),
    'list /run/credentials/mcp-mail@bob.service',
    'list /var/lib/llmbasedos/credstore.encrypted',
    'list /run/credstore.encrypted',
    'connect /run/mcp/bob/mail.sock',
    'connect /run/mcp/ada/fs.sock',
    'list /home/ada',
    'read /home/ada/secret.txt',
    'write /home/ada/written-by-mail',
    'read /home/bob/secret.txt',
  ]
  const found = await probe(unit, [...own, ...others])
  assert.match(found['own STATE_DIRECTORY'] ?? '', /^yes .*\bmail\.db\b/)
  assert.match(found['own CREDENTIALS_DIRECTORY'] ?? '', /^yes (?:\S+ )*\S*of-ada\b/)
  assert.doesNotMatch(found['own CREDENTIALS_DIRECTORY'] ?? '', /bob/)
  denies(found, ...others)
  const keepers = ['bob', 'ada'].map((user) => `/var/lib/private/llmbasedos/mail/${user}/mail.db`)
  for (const path of keepers) await system.out(['test', '-s', path])
})

test('the server of chat has the conversations of its user, and none of another’s, nor any file or network', async () => {
  const unit = 'mcp-chat@ada.service'
  // It keeps its database from its first call on. There is no model, and the question stays.
  for (const user of ['ada', 'bob']) await system.run(['luca', 'chat', `of ${user}`], { user })
  const others = [
    ...['/var/lib', '/var/lib/private', '/var/cache', '/var/cache/private'].flatMap((folder) => [
      `list ${folder}/llmbasedos/chat/bob`,
      `read ${folder}/llmbasedos/chat/bob/chat.db`,
      `list ${folder}/llmbasedos/fs/ada`,
    ]),
    'connect /run/mcp/bob/chat.sock',
    'connect /run/mcp/ada/fs.sock',
    'connect /run/mcp/gateway.sock',
    'list /home/ada',
    'write /home/ada/written-by-chat',
    'network 8000',
    'outside 192.0.2.1',
  ]
  const found = await probe(unit, ['own STATE_DIRECTORY', ...others])
  assert.match(found['own STATE_DIRECTORY'] ?? '', /^yes .*\bchat\.db\b/)
  denies(found, ...others)
  const [own = '', bobs = ''] = await Promise.all(
    ['ada', 'bob'].map((user) => system.out(['luca', 'chat', 'list', '--json'], { user })),
  )
  assert.deepEqual([own.includes('of ada'), own.includes('of bob')], [true, false])
  const [{ id }] = JSON.parse(bobs).conversations
  const shown = await system.run(['luca', 'chat', 'show', id], { user: 'ada' })
  assert.deepEqual([shown.code, /no such conversation/.test(shown.stderr)], [1, true])
})

test('a file that the server replaces keeps its group', async () => {
  await system.put('/run/userdb/ada:users.membership', '{"userName":"ada","groupName":"users"}')
  await system.out(['tee', '/home/ada/shared.txt'], { user: 'ada', input: 'before' })
  await system.out(['chgrp', 'users', '/home/ada/shared.txt'])
  await system.out(['systemctl', 'stop', 'mcp-fs@ada.service'])
  const write = JSON.stringify({ path: '/shared.txt', content: 'after' })
  await system.out(['luca', 'call', 'fs_write_file', write, '--yes'], { user: 'ada' })
  assert.equal(
    await system.out(['sh', '-c', 'stat -c %U:%G /home/ada/shared.txt; cat /home/ada/shared.txt']),
    'ada:users\nafter',
  )
})

for (const unit of OURS.map((name) => `mcp-${name}@ada.service`))
  test(`${unit} reaches no other server’s socket, state, secrets, memory or signals`, async () => {
    for (const name of OURS) await system.out(['systemctl', 'start', `mcp-${name}@bob.service`])
    const awake = [...OURS.map((name) => `mcp-${name}@bob.service`), 'llmbasedos-gateway.service']
    const others = (await Promise.all(awake.map(processesOf))).flat()
    await system.out(['test', '-S', '/run/systemd/resolve/io.systemd.Resolve'])
    const tries = [
      ...OURS.flatMap((name) => [`connect /run/mcp/ada/${name}.sock`, `connect /run/mcp/bob/${name}.sock`]),
      'connect /run/mcp/gateway.sock',
      'connect /run/llmbasedos/admin.sock',
      'connect /run/dbus/system_bus_socket',
      'connect /run/systemd/resolve/io.systemd.Resolve',
      'connect /run/systemd/private',
      ...awake.map((unit) => `list /run/credentials/${unit}`),
      'list /var/lib/llmbasedos/gateway',
      'list /var/lib/private/llmbasedos',
      'list /run/credstore.encrypted/',
      'read /var/lib/systemd/credential.secret',
      'read /etc/shadow',
      ...[...others, '1'].flatMap((pid) => [
        `see /proc/${pid}`,
        `read /proc/${pid}/environ`,
        `change /proc/${pid}/mem`,
        `signal ${pid}`,
      ]),
      'become 0',
    ]
    denies(await probe(unit, tries), ...tries)
    const left = await probe(unit, [
      'list /',
      'list /run',
      'list /run/host',
      'list /run/systemd',
      'list /var',
    ])
    assert.equal(left['list /'], 'yes bin dev etc home lib lib64 proc root run sys tmp usr var')
    assert.match(left['list /run'] as string, /^yes credentials host systemd( user)?$/)
    assert.match(left['list /run/host'] as string, /^yes (\.os-release-stage )?os-release$/)
    // Who may go out asks for names.
    const names = (await system.show(unit, 'PrivateNetwork')) === 'no' ? ' resolve' : ''
    assert.equal(left['list /run/systemd'], `yes incoming notify${names} userdb`)
    assert.match(left['list /var'] as string, /^yes cache( lib)? tmp$/)
  })

test('configuration that lies with the data is seen by the server that reads it, and by no other', async () => {
  // As the ramdisk puts it in its place.
  await system.put('/srv/configuration/models.yaml', 'providers: {}\n')
  await system.out(['mkdir', '-p', '/etc/llmbasedos'])
  await system.out(['mount', '--bind', '/srv/configuration', '/etc/llmbasedos'])
  const line = 'read /etc/llmbasedos/models.yaml'
  allows(await probe('mcp-llm-remote.service', [line]), line)
  denies(await probe('mcp-time@ada.service', [line]), line)
})

test('two users do not see each other’s files, sockets or tokens', async () => {
  for (const [user, other] of [
    ['ada', 'bob'],
    ['bob', 'ada'],
  ] as const) {
    const command = ['cat', `/home/${other}/secret.txt`]
    assert.match((await system.run(command, { user })).stderr, /Permission denied/)
    const reach = `require('net').connect('/run/mcp/${other}/fs.sock').on('connect', () => process.exit(7))`
    const { code, stderr } = await system.run(['node', '-e', reach], { user })
    assert.ok(code !== 7 && /EACCES/.test(stderr), stderr)
    await system.out(['luca', 'token', 'create', `of-${user}`], { user })
    const { tokens } = JSON.parse(await system.out(['luca', 'token', 'list', '--json'], { user }))
    assert.deepEqual(
      tokens.map((token: { name: string }) => token.name),
      [`of-${user}`],
    )
    assert.match((await system.run(['luca', 'token', 'revoke', `of-${other}`], { user })).stderr, /no token/)
    assert.match(
      (await system.run(['luca', 'token', 'create', 'x', '--user', other], { user })).stderr,
      /yourself/,
    )
  }
})
