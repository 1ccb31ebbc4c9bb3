/** The system as it boots, and servers that wake and sleep. */
import assert from 'node:assert/strict'
import { matchesGlob } from 'node:path'
import { after, before, test } from 'node:test'
import { System } from './system.ts'

let system: System
before(async () => {
  system = await System.boot()
})
after(() => system?.stop())

const call = (tool: string, args: object = {}) => system.out(['luca', 'call', tool, JSON.stringify(args)])
/** The servers that have ever been started. */
const started = async () => {
  const shown = await system.out([
    'systemctl',
    'show',
    '-p',
    'Id,ExecMainStartTimestampMonotonic',
    'mcp-*.service',
  ])
  return shown
    .split('\n\n')
    .filter((unit) => /^ExecMainStartTimestampMonotonic=[1-9]/m.test(unit))
    .map((unit) => /^Id=(.+)$/m.exec(unit)?.[1])
}

test('everything that starts by itself has started, in order', async () => {
  assert.equal(await system.out(['systemctl', 'is-system-running']), 'running')
  assert.equal(await system.out(['systemctl', '--failed', '--plain', '--no-legend']), '')
  assert.doesNotMatch(await system.out(['journalctl', '-b', '-o', 'cat']), /ordering cycle|Found dependency/)
})

test('only what the presets name starts by itself', async () => {
  const presets = await system.out(['cat', '/usr/lib/systemd/system-preset/10-llmbasedos.preset'])
  const named = [...presets.matchAll(/^enable (.+)$/gm)].map(([, pattern]) => pattern as string)
  const units = await system.out([
    'systemctl',
    'list-unit-files',
    '--state=enabled',
    '--plain',
    '--no-legend',
  ])
  const enabled = units.split('\n').map((line) => line.split(' ')[0] as string)
  assert.deepEqual(
    enabled.filter((unit) => !named.some((pattern) => matchesGlob(unit, pattern))),
    [],
  )
})

test('no program makes root of who starts it', async () => {
  assert.equal(await system.out(['find', '/', '-xdev', '-type', 'f', '-perm', '/6000']), '')
})

test('the firewall bounds the connections of one source, by IPv4 and by IPv6, and can be loaded again', async () => {
  const loaded = () => system.out(['nft', 'list', 'table', 'inet', 'llmbasedos'])
  const before = await loaded()
  const bounds = [
    'add @of_ipv4 { ip saddr ct count over 1024 } drop',
    'add @of_ipv6 { ip6 saddr & ffff:ffff:ffff:ffff:: ct count over 1024 } drop',
  ]
  const accepted = before.indexOf('dport { 22, 8443 } accept')
  for (const bound of bounds) {
    const at = before.indexOf(bound)
    assert.ok(at >= 0 && at < accepted, `${bound} in:\n${before}`)
  }
  await system.out(['nft', '--file', '/usr/lib/llmbasedos/firewall.nft'])
  assert.equal(await loaded(), before)
})

test('nothing in the journal is a surprise', async () => {
  const lines = (await system.out(['journalctl', '-b', '-p', 'warning', '-o', 'short-iso'])).split('\n')
  // Of the container, which has neither this machine's kernel nor its clock; not of the appliance.
  const expected = /kernel:|systemd-(udevd|timesyncd|networkd|resolved|logind)|-- No entries --/
  assert.deepEqual(
    lines.filter((line) => !expected.test(line)),
    [],
  )
})

test('before the first client comes no server runs; a first call wakes its own, and idle time puts it to sleep', async () => {
  assert.deepEqual(await started(), [])
  await system.put(
    '/etc/systemd/system/mcp-.service.d/90-idle.conf',
    '[Service]\nEnvironment=LLMBDO_IDLE_SECONDS=1\n',
  )
  await system.put('/etc/llmbasedos/gateway.yaml', 'servers: {idleSeconds: 1}\n')
  await system.out(['systemctl', 'daemon-reload'])
  await system.out(['systemctl', 'restart', 'llmbasedos-gateway.service'])
  assert.match(await call('time_get_current_time'), /timezone/)
  assert.deepEqual(await started(), ['mcp-time@owner.service'])
  const asleep = () => system.isAsleep('mcp-time@owner.service')
  await system.until('it sleeps', asleep)
  const pid = await system.show('mcp-time@owner.service', 'MainPID')
  assert.equal(await system.out(['cat', `/proc/${pid}/comm`]), 'standby')
  assert.equal(await system.programOf('mcp-time@owner.service'), 0)
  assert.match(await call('time_get_current_time'), /timezone/)
  await system.until('it sleeps again', asleep)
  assert.equal(await system.show('mcp-time@owner.service', 'MainPID'), pid, 'its sandbox has stayed')
})

/** A server leaves its sandbox soon after it has fallen asleep while this is there. */
const brief = '/run/systemd/system/mcp-time@owner.service.d/90-standby.conf'
const isInactive = async () => (await system.show('mcp-time@owner.service', 'ActiveState')) === 'inactive'

test('what was not called for long leaves its sandbox, too, and is woken all the same', async () => {
  await system.put(brief, '[Service]\nEnvironment=LLMBDO_STANDBY_SECONDS=1\n')
  await system.out(['systemctl', 'daemon-reload'])
  await system.out(['systemctl', 'stop', 'mcp-time@owner.service'])
  assert.match(await call('time_get_current_time'), /timezone/)
  await system.until('nothing of it runs', isInactive)
  assert.equal(await system.show('mcp-time@owner.socket', 'SubState'), 'listening')
  assert.match(await call('time_get_current_time'), /timezone/)
})

test('a server that has left its sandbox is listed, and may be restarted', async () => {
  await system.until('nothing of it runs', isInactive)
  const { units } = JSON.parse(await system.out(['luca', 'unit', 'list', '--json']))
  const time = units.find(({ name }: { name: string }) => name === 'mcp-time@owner.service')
  assert.deepEqual([time?.active, time?.pid], ['inactive', null])
  await system.out(['luca', 'unit', 'restart', 'mcp-time@owner.service'])
  assert.match(await call('time_get_current_time'), /timezone/)
  await system.out(['rm', brief])
  await system.out(['systemctl', 'daemon-reload'])
  await system.out(['systemctl', 'stop', 'mcp-time@owner.service'])
})

test('a server that sleeps, and its socket, may be restarted, and units be read anew', async () => {
  for (const command of [
    ['systemctl', 'daemon-reload'],
    ['luca', 'unit', 'restart', 'mcp-time@owner.service'],
    ['systemctl', 'restart', 'mcp-time@owner.socket'],
    ['systemctl', 'restart', 'mcp-user@owner.target'],
  ]) {
    assert.match(await call('time_get_current_time'), /timezone/)
    await system.putToSleep('mcp-time@owner.service')
    await system.out(command)
    assert.match(await call('time_get_current_time'), /timezone/, command.join(' '))
    assert.equal(
      await system.out(['systemctl', 'list-units', '--state=failed', '--plain', '--no-legend']),
      '',
    )
  }
})

test('a server that is stopped while it starts leaves nothing that has failed', async () => {
  for (let i = 0; i < 5; i++) {
    const called = system.run(['luca', 'call', 'time_get_current_time', '{}'])
    await system.until('it starts', () => system.programOf('mcp-time@owner.service'))
    await system.out(['systemctl', 'stop', 'mcp-time@owner.service'])
    assert.equal(await system.show('mcp-time@owner.service', 'Result'), 'success')
    await called
  }
})

test('luca log shows the journal of the gateway and the servers, and what comes', async () => {
  let following = true
  const first = system
    .out(['sh', '-c', 'luca log --follow --lines 0 --json --server time | head -n 1'])
    .finally(() => {
      following = false
    })
  while (following) await call('time_get_current_time', { timezone: 'Asia/Tokyo' })
  const { level, unit, message } = JSON.parse(await first)
  assert.equal(level, 'info')
  assert.match(`${unit} ${message}`, /^(llmbasedos-gateway call|mcp-time@owner .+)$/)
  const { records } = JSON.parse(await system.out(['luca', 'log', '--json', '-n', '3', '--server', 'time']))
  assert.equal(records.length, 3)
  assert.deepEqual(
    records.map(({ time }: { time: string }) => time),
    records.map(({ time }: { time: string }) => time).toSorted(),
  )
})

test('sockets belong to their users and to the gateway, and to no one else', async () => {
  const modes = await system.out([
    'stat',
    '-c',
    '%A %U:%G %n',
    '/run/mcp',
    '/run/mcp/owner',
    '/run/mcp/owner/fs.sock',
    '/run/mcp/gateway.sock',
  ])
  assert.deepEqual(modes.split('\n'), [
    'drwxr-xr-x root:root /run/mcp',
    'drwxr-xr-x root:root /run/mcp/owner',
    'srw-rw---- owner:mcp /run/mcp/owner/fs.sock',
    'srw-rw---- root:llmbasedos /run/mcp/gateway.sock',
  ])
  assert.equal(await system.out(['readlink', '-f', '/run/mcp/fs.sock']), '/run/mcp/owner/fs.sock')
})

test('the gateway alone takes no more memory than it may', async () => {
  await system.out(['systemctl', 'restart', 'llmbasedos-gateway.service'])
  const pid = await system.show('llmbasedos-gateway.service', 'MainPID')
  const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(await system.out(['cat', `/proc/${pid}/status`])) ?? []
  assert.ok((Number(kb) * 1024) / 1e6 < 120, `${kb} kB`)
})
