/** Servers that crash, hang, are killed or can't start: what they take with them, and how they start again. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { System } from './system.ts'

let system: System
before(async () => {
  system = await System.boot()
  await system.put('/etc/llmbasedos/gateway.yaml', 'servers: {startSeconds: 3}\n')
  await system.out(['systemctl', 'try-restart', 'llmbasedos-gateway.service'])
})
after(() => system?.stop())

const call = (tool: string, args: object = {}) => system.run(['luca', 'call', tool, JSON.stringify(args)])
const time = () => call('time_get_current_time')
const files = () => call('fs_list_directory', { path: '/' })
const works = async (what: () => ReturnType<typeof call>) =>
  system.until('it works again', async () => (await what()).code === 0)

for (const unit of [
  'mcp-time@owner.service',
  'mcp-fs@owner.service',
  'llmbasedos-gateway.service',
  'llmbasedos-admin.service',
])
  test(`${unit} may be killed at any time: the next call finds it again`, async () => {
    const ask = unit.startsWith('mcp-fs')
      ? files
      : unit.includes('admin')
        ? () => system.run(['luca', 'user', 'list'])
        : time
    for (let i = 0; i < 3; i++) {
      await works(ask)
      await system.out(['systemctl', 'kill', '--signal=KILL', unit])
    }
    await works(ask)
    assert.equal(
      await system.out(['systemctl', 'list-units', '--state=failed', '--plain', '--no-legend', '*.socket']),
      '',
    )
  })

test('a server that hangs is ended by its watchdog, and is started again', async () => {
  await system.put(
    '/run/systemd/system/mcp-time@owner.service.d/90-watchdog.conf',
    '[Service]\nWatchdogSec=1s\n',
  )
  await system.out(['systemctl', 'daemon-reload'])
  await system.out(['systemctl', 'stop', 'mcp-time@owner.service'])
  await works(time)
  const pid = await system.programOf('mcp-time@owner.service')
  await system.out(['systemctl', 'kill', '--signal=STOP', 'mcp-time@owner.service'])
  await system.until('it is ended', async () => (await system.programOf('mcp-time@owner.service')) !== pid)
  await works(time)
  assert.match(
    await system.out(['journalctl', '-b', '-u', 'mcp-time@owner.service', '-o', 'cat']),
    /[Ww]atchdog timeout/,
  )
  await system.out(['rm', '/run/systemd/system/mcp-time@owner.service.d/90-watchdog.conf'])
  await system.out(['systemctl', 'daemon-reload'])
})

test('a server whose program alone is killed is started again', async () => {
  await works(time)
  const keeper = await system.show('mcp-time@owner.service', 'MainPID')
  await system.out(['kill', '-KILL', String(await system.programOf('mcp-time@owner.service'))])
  await system.until(
    'the fault counts',
    async () => (await system.show('mcp-time@owner.service', 'MainPID')) !== keeper,
  )
  await works(time)
  assert.match(
    await system.out(['journalctl', '-b', '-u', 'mcp-time@owner.service', '-o', 'cat']),
    /was ended by signal 9/,
  )
})

test('a program that is asked to end, and no more, sleeps', async () => {
  await works(time)
  await system.putToSleep('mcp-time@owner.service')
  assert.equal(await system.show('mcp-time@owner.service', 'ActiveState'), 'active')
  await works(time)
})

test('a server that hangs while it starts is ended, too', async () => {
  const hanging = '/run/systemd/system/mcp-time@owner.service.d/90-hanging.conf'
  const start = '/usr/lib/llmbasedos/standby /usr/bin/sleep 1000'
  await system.put(hanging, `[Service]\nWatchdogSec=1s\nExecStart=\nExecStart=${start}\n`)
  await system.out(['systemctl', 'daemon-reload'])
  await system.out(['systemctl', 'stop', 'mcp-time@owner.service'])
  assert.notEqual((await time()).code, 0)
  await system.until(
    'it is ended',
    async () => Number(await system.show('mcp-time@owner.service', 'NRestarts')) > 0,
  )
  await system.out(['rm', hanging])
  await system.out(['systemctl', 'daemon-reload'])
  await works(time)
})

test('a server that can’t start says why; the others run, and so does it when it is mended', async () => {
  const broken = '/run/systemd/system/mcp-fs@owner.service.d/90-broken.conf'
  await system.put(broken, '[Service]\nEnvironment=LLMBDO_FS_VIRTUAL_ROOT=/nowhere\n')
  await system.out(['systemctl', 'daemon-reload'])
  await system.out(['systemctl', 'stop', 'mcp-fs@owner.service'])
  const { code, stderr } = await files()
  assert.notEqual(code, 0)
  assert.match(stderr, /fs/)
  assert.match(await system.out(['journalctl', '-b', '-u', 'mcp-fs@owner.service', '-o', 'cat']), /\/nowhere/)
  await works(time)
  await system.out(['rm', broken])
  await system.out(['systemctl', 'daemon-reload'])
  await works(files)
})

test('a crash loop does not end the socket', async () => {
  const broken = '/run/systemd/system/mcp-time@owner.service.d/90-broken.conf'
  await system.put(broken, '[Service]\nExecStart=\nExecStart=/bin/false\n')
  await system.out(['systemctl', 'daemon-reload'])
  await system.out(['systemctl', 'stop', 'mcp-time@owner.service'])
  assert.notEqual((await time()).code, 0)
  await system.until(
    'it has been tried often',
    async () => Number(await system.show('mcp-time@owner.service', 'NRestarts')) > 3,
  )
  assert.equal(await system.show('mcp-time@owner.socket', 'ActiveState'), 'active')
  await system.out(['rm', broken])
  await system.out(['systemctl', 'daemon-reload'])
  await works(time)
})
