/** Servers of others on the appliance: real ones from npm, installed, confined, called, and removed without a trace. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { serveRegistry } from './registry.ts'
import { System } from './system.ts'

const EVERYTHING = '@modelcontextprotocol/server-everything'
const PRYING_SERVER = readFileSync(join(import.meta.dirname, 'prying-server.py'), 'utf8')
const PYTHON_SERVER = readFileSync(join(import.meta.dirname, '../test/python-server/server.py'), 'utf8')
let system: System
let registry: string
before(async () => {
  system = await System.boot()
  const packages = [EVERYTHING, '@modelcontextprotocol/server-filesystem']
  registry = await serveRegistry(system, packages, { name: 'hello-mcp', source: PYTHON_SERVER })
  await system.out(['luca', 'user', 'add', 'ada'])
  // As in the image, where the system can't be written to.
  for (const folder of ['/usr', '/etc']) {
    await system.out(['mount', '--bind', folder, folder])
    await system.out(['mount', '-o', 'remount,ro,bind', folder])
  }
})
after(() => system?.stop())

/** An installation writes thousands of files. */
const INSTALL_MS = 300_000
const asOwner = (...words: string[]) =>
  system.run(['luca', 'server', ...words], { user: 'owner', timeoutMs: INSTALL_MS })
const call = (user: string, tool: string, args: object) =>
  system.run(['luca', 'call', tool, JSON.stringify(args), '--yes'], { user })
const add = (name: string, options: readonly string[], ...command: string[]) =>
  asOwner('add', name, '--env', `npm_config_registry=${registry}`, ...options, '--', ...command)

test('a server from npm is installed, pinned and called, for every user by one of their own', async () => {
  const added = await add('every', ['--env', 'SECRET_KEY=open sesame'], 'npx', '-y', EVERYTHING)
  assert.equal(added.code, 0, added.stderr)
  assert.match(added.stdout, /every_echo: .*\n(.*\n)*added every\n$/)
  for (const user of ['owner', 'ada']) {
    const { stdout, stderr } = await call(user, 'every_echo', { message: user })
    assert.match(stdout, new RegExp(`Echo: ${user}`), stderr)
    assert.match(await system.out(['systemctl', 'is-active', `mcp-every@${user}.service`]), /^active/)
  }
  const owners = await Promise.all(
    ['owner', 'ada'].map(async (user) => {
      const pid = await system.show(`mcp-every@${user}.service`, 'MainPID')
      return system.out(['stat', '-c', '%u', `/proc/${pid}`])
    }),
  )
  assert.equal(new Set(owners).size, 2, 'each runs as another user')
  const { servers } = JSON.parse((await asOwner('list', '--json')).stdout)
  assert.deepEqual(servers, [
    {
      name: 'every',
      command: `npm ${EVERYTHING}`,
      tools: servers[0].tools,
      network: false,
      files: 'none',
      quarantined: [],
      remarks: [],
      enabled: true,
    },
  ])
})

test('its sandbox is that of every server: no network, no files, and no way to change itself', async () => {
  const pid = await system.show('mcp-every@ada.service', 'MainPID')
  const within = (script: string) =>
    system.run(['nsenter', '-t', pid, '-m', '-n', '--', '/bin/sh', '-c', script])
  const network = await system.out(['nsenter', '-t', pid, '-n', 'tail', '-n', '+3', '/proc/net/dev'])
  assert.match(network, /^\s*lo:.*$/)
  const root = (await within('ls /')).stdout.trim().replaceAll('\n', ' ')
  assert.equal(root, 'bin dev etc home lib lib64 proc root run sys tmp usr var')
  assert.equal((await within('ls /home')).stdout.trim(), '')
  assert.equal((await within('ls /var/lib/llmbasedos')).stdout.trim(), 'every\nprograms\nservers')
  assert.notEqual((await within('touch /var/lib/llmbasedos/programs/every/x')).code, 0)
  // As little exposed as our own servers (iso/check.sh).
  await system.out(['systemd-analyze', 'security', '--threshold=15', 'mcp-every@ada.service'])
})

test('what is secret reaches the server, and stands in no unit, no list, no log and not on the disk', async () => {
  const { stdout } = await call('ada', 'every_get-env', {})
  assert.match(stdout, /open sesame/)
  const places = ['/run/systemd', '/etc', '/var/lib/llmbasedos', '/var/lib/private']
  assert.equal((await system.run(['grep', '-rl', 'open sesame', ...places])).stdout, '')
  assert.doesNotMatch(await system.out(['journalctl', '-b', '-o', 'cat']), /open sesame/)
  const units = await system.out(['systemctl', 'cat', 'mcp-every@ada.service', 'mcp-every@ada.socket'])
  assert.doesNotMatch(units, /SECRET_KEY/)
  assert.equal((await asOwner('list')).stdout.includes('sesame'), false)
})

test('a secret of one user reaches their server alone', async () => {
  await system.out(['luca', 'secret', 'set', 'every', 'MY_KEY', '--user', 'ada'], { input: 'only hers' })
  const seen = async (user: string) => (await call(user, 'every_get-env', {})).stdout
  await system.until('it is there', async () => /only hers/.test(await seen('ada')))
  assert.doesNotMatch(await seen('owner'), /only hers/)
})

test('one that works with files sees those of its user, and no other’s', async () => {
  await system.out(['tee', '/home/ada/note.txt'], { user: 'ada', input: 'from ada' })
  const command = ['npx', '-y', '@modelcontextprotocol/server-filesystem', '/home']
  const added = await add('disk', ['--files', 'read'], ...command)
  assert.equal(added.code, 0, added.stderr)
  assert.match((await call('ada', 'disk_read_text_file', { path: '/home/ada/note.txt' })).stdout, /from ada/)
  assert.doesNotMatch(
    (await call('owner', 'disk_read_text_file', { path: '/home/ada/note.txt' })).stdout,
    /from ada/,
  )
  const write = await call('ada', 'disk_write_file', { path: '/home/ada/x.txt', content: 'x' })
  assert.match(write.stdout + write.stderr, /EROFS|read-only/i)
})

test('the network is granted by itself', async () => {
  const added = await add('online', ['--allow-network'], 'npx', '-y', EVERYTHING)
  assert.equal(added.code, 0, added.stderr)
  assert.match((await call('ada', 'online_echo', { message: 'hi' })).stdout, /Echo: hi/)
  assert.equal(await system.show('mcp-online@ada.service', 'PrivateNetwork'), 'no')
  assert.equal(await system.show('mcp-every@ada.service', 'PrivateNetwork'), 'yes')
})

test('a server for Python is installed as uvx would run it', async () => {
  const index = ['--env', `PIP_INDEX_URL=${registry}simple/`]
  const added = await asOwner('add', 'wheel', ...index, '--', 'uvx', 'hello-mcp@1.0')
  assert.equal(added.code, 0, added.stderr)
  const { stdout, stderr } = await call('ada', 'wheel_hello', {})
  assert.match(stdout, /hello from Python/, stderr)
})

test('a server in Python that lies in the owner’s home runs too', async () => {
  await system.out(['tee', '/home/owner/server.py'], { user: 'owner', input: PYTHON_SERVER })
  const added = await asOwner('add', 'snake', '--files', 'read', '--', 'python3', '/home/owner/server.py')
  assert.equal(added.code, 0, added.stderr)
  assert.match((await call('owner', 'snake_hello', {})).stdout, /hello from Python/)
})

test('one that works with files reaches these, and nothing else of what its user is or runs', async () => {
  await system.out(['systemd-run', '--unit=a-login', '--uid=owner', 'sleep', 'infinity'])
  await system.out(['systemctl', 'start', 'mcp-fs@owner.service'])
  await system.put('/home/owner/pry.py', PRYING_SERVER)
  await system.out(['tee', '/home/owner/read.txt'], { user: 'owner', input: 'x' })
  for (const [files, reached] of [
    ['read', '/home/owner/read.txt'],
    ['write', '/home/owner/read.txt /home/owner/written.txt'],
  ] as const) {
    const added = await asOwner('add', 'pry', '--files', files, '--', 'python3', '/home/owner/pry.py')
    assert.equal(added.code, 0, added.stderr)
    const { stdout, stderr } = await call('owner', 'pry_pry', {})
    assert.equal(stdout.trim(), `reached: ${reached}`, stderr)
    assert.equal((await asOwner('remove', 'pry')).code, 0)
  }
  assert.equal(await system.out(['stat', '-c', '%U:%G', '/home/owner/written.txt']), 'owner:owner')
  await system.out(['systemctl', 'stop', 'a-login.service'])
})

test('a user who comes later has the servers too', async () => {
  await system.out(['luca', 'user', 'add', 'bob'])
  assert.match((await call('bob', 'every_echo', { message: 'bob' })).stdout, /Echo: bob/)
})

test('a server is disabled and enabled', async () => {
  assert.equal((await asOwner('disable', 'every')).code, 0)
  assert.notEqual((await call('ada', 'every_echo', { message: 'hi' })).code, 0)
  assert.match((await asOwner('list')).stdout, /^every +\d+ +off/m)
  assert.equal((await asOwner('enable', 'every')).code, 0)
  assert.match((await call('ada', 'every_echo', { message: 'hi' })).stdout, /Echo: hi/)
})

test('what is added survives a restart, when all below /run is made anew', async () => {
  const units = ['mcp-every@.service', 'mcp-every@.service.d', 'mcp-every@.socket', 'mcp-user@.target.wants']
  await system.out(['systemctl', 'stop', 'mcp-every@*.socket', 'mcp-every@*.service', 'mcp-user@*.target'])
  await system.out(['rm', '-r', ...units.map((unit) => `/run/systemd/system/${unit}`)])
  await system.out(['systemctl', 'daemon-reload'])
  assert.notEqual((await call('ada', 'every_echo', { message: 'hi' })).code, 0)
  await system.out(['systemctl', 'restart', 'llmbasedos-boot.service'])
  await system.until('everything is there', async () =>
    /Echo: again/.test((await call('ada', 'every_echo', { message: 'again' })).stdout),
  )
})

test('it is tested and approved as it was added', async () => {
  const tested = await asOwner('test', 'every')
  assert.equal(tested.code, 0, tested.stderr)
  assert.match(tested.stdout, /works, and offers what it was added with/)
  assert.equal((await asOwner('approve', 'every', 'echo')).code, 0)
  assert.match((await call('ada', 'every_echo', { message: 'hi' })).stdout, /Echo: hi/)
})

test('doctor knows the servers that were added, whoever asks', async () => {
  for (const user of ['owner', 'ada']) {
    const { code, stdout, stderr } = await system.run(['luca', 'doctor'], { user })
    assert.equal(code, 0, stdout + stderr)
    if (user === 'owner') assert.match(stdout, /^ok +server every: /m)
  }
})

test('what can’t be added is refused by what is wrong, and leaves nothing', async () => {
  for (const [words, why] of [
    [['x', '--', '/nowhere/server'], /could not be used: There is no program "\/nowhere\/server"/],
    [['x', '--', 'npx', '-y', 'there-is-no-such-package', '--x'], /could not be installed: .*404/s],
    [['x', '--', 'npx', '-c', 'true'], /npx with -c is not understood/],
    [['x', '--', 'cat'], /could not be used/],
    [['fs', '--', 'cat'], /the name "fs" is taken/],
    [['models', '--', 'cat'], /the name "models" is taken/],
    [['every', '--', 'cat'], /already/],
    [['../x', '--', 'cat'], /name of a server/],
  ] as const) {
    const [name, ...rest] = words
    const { code, stderr } = await asOwner('add', name, '--env', `npm_config_registry=${registry}`, ...rest)
    assert.notEqual(code, 0, words.join(' '))
    assert.match(stderr, why, words.join(' '))
  }
  const ada = await system.run(['luca', 'server', 'add', 'x', '--', 'cat'], { user: 'ada' })
  assert.equal(ada.code, 4, ada.stderr)
  const left = await system.out(['find', '/run/systemd/system', '/var/lib/llmbasedos', '-name', '*mcp-x*'])
  assert.equal(left, '')
  assert.equal(await system.out(['systemctl', '--failed', '--plain', '--no-legend']), '')
})

test('removal takes all of it', async () => {
  for (const name of ['every', 'online', 'disk', 'wheel', 'snake']) {
    const { code, stderr } = await asOwner('remove', name)
    assert.equal(code, 0, stderr)
    assert.notEqual((await call('ada', `${name}_echo`, { message: 'hi' })).code, 0)
  }
  const places = ['/run/systemd', '/run/mcp', '/var/lib/llmbasedos', '/var/lib/private', '/var/cache']
  const names = ['every', 'online', 'disk', 'wheel', 'snake']
    .flatMap((name) => ['-o', '-name', `*${name}*`])
    .slice(1)
  assert.equal(await system.out(['find', ...places, '(', ...names, ')']), '')
  assert.equal(
    await system.out([
      'systemctl',
      'list-units',
      '--all',
      '--plain',
      '--no-legend',
      'mcp-every*',
      'mcp-disk*',
    ]),
    '',
  )
  assert.equal(await system.out(['systemctl', '--failed', '--plain', '--no-legend']), '')
})
