/** Users, their secrets and the machine's certificate, through the root helper. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { System } from './system.ts'

let system: System
before(async () => {
  system = await System.boot()
})
after(() => system?.stop())

const luca = (...args: string[]) => system.out(['luca', ...args])
const json = async (...args: string[]) => JSON.parse(await luca(...args, '--json'))
const callAs = (user: string, tool: string, args: object) =>
  system.run(['luca', 'call', tool, JSON.stringify(args), '--yes'], { user })

test('there is an owner from the start, who may do everything and has no password', async () => {
  const { users } = await json('user', 'list')
  assert.deepEqual(
    users.map(({ name, uid }: { name: string; uid: number }) => [name, uid]),
    [['owner', 1000]],
  )
  assert.match(await system.out(['id', 'owner']), /llmbasedos/)
  assert.match(await system.out(['getent', 'shadow', 'owner']), /^owner:[!*]/)
  assert.equal((await callAs('owner', 'fs_write_file', { path: '/a.txt', content: 'mine' })).code, 0)
})

test('the owner reads the log of the machine and has an editor, and other users do not see the log', async () => {
  const log = (user: string) =>
    system.run(['journalctl', '-q', '-b', '-o', 'cat', '-u', 'llmbasedos-boot.service'], { user })
  const { code, stdout, stderr } = await log('owner')
  assert.equal(code, 0, stderr)
  assert.match(stdout, /llmbasedos-boot/)
  await luca('user', 'add', 'eve')
  assert.doesNotMatch((await log('eve')).stdout, /llmbasedos-boot/)
  await luca('user', 'remove', 'eve', '--wipe', '--yes')
  // As login and sshd make an environment, by PAM.
  const entered = ['systemd-run', '--pipe', '--quiet', '--property=PAMName=login', '--property=User=owner']
  assert.equal(await system.out([...entered, 'sh', '-c', 'command -v "$EDITOR"']), '/usr/bin/nano')
})

test('the keyboards have the letters of their languages', async () => {
  const letters = {
    de: 'adiaeresis',
    dk: 'oslash',
    fi: 'adiaeresis',
    fr: 'eacute',
    fr_CH: 'eacute',
    no: 'aring',
    pl: 'lstroke',
  }
  for (const [name, letter] of Object.entries(letters)) {
    const find = `zcat /usr/share/keymaps/i386/*/${name}.kmap.gz | grep -c '${letter}'`
    const { code } = await system.run(['sh', '-c', find])
    assert.equal(code, 0, name)
  }
})

test('the manual has the page of luca, and what shows it', async () => {
  const page = await system.out(['man', 'luca'], { user: 'owner' })
  // Off a terminal, letters that are struck twice are bold.
  assert.match(page.replaceAll(/.[\b]/g, ''), /^LUCA\(1\)[\s\S]*luca token create/)
  assert.equal(await system.out(['sh', '-c', 'man luca 2>&1 >/dev/null']), '')
  assert.equal(
    await system.out(['sh', '-c', 'command -v less && readlink -f $(command -v pager)']),
    '/usr/bin/less\n/usr/bin/less',
  )
})

test('the owner chooses a time zone and a language, which shells and servers follow at once', async () => {
  const owner = { user: 'owner' }
  await system.out(['luca', 'timezone', 'Europe/Warsaw'], owner)
  await system.out(['luca', 'language', 'pl_PL'], owner)
  await system.out(['luca', 'keyboard', 'pl'], owner)
  const entered = ['systemd-run', '--pipe', '--quiet', '--property=PAMName=login', '--property=User=owner']
  const day = await system.out([...entered, 'date', '-d', '2026-01-05 12:00 UTC', '+%A %H'])
  assert.equal(day, 'poniedziałek 13')
  const sorted = await system.out([
    ...entered,
    'sh',
    '-c',
    "printf 'zebra\\nłoś\\nlis\\n' | sort | tr '\\n' ' '",
  ])
  assert.equal(sorted, 'lis łoś zebra')
  const told = await system.out(['luca', 'call', 'time_get_current_time', '{}'], owner)
  assert.match(told, /Europe\/Warsaw/)
  assert.equal((await system.run(['luca', 'keyboard', 'nonsense'], owner)).code, 1)
  for (const part of ['timezone', 'language', 'keyboard'])
    await system.out(
      ['luca', part, { timezone: 'UTC', language: 'C', keyboard: 'us' }[part] as string],
      owner,
    )
})

test('a user who is added has a home and servers at once, without a restart of the gateway', async () => {
  const gateway = await system.show('llmbasedos-gateway.service', 'MainPID')
  await system.out(['luca', 'user', 'add', 'carol', '--real-name', 'Carol Ünal', '--password-stdin'], {
    input: 'correct horse\n',
  })
  assert.equal(await system.out(['stat', '-c', '%A %U', '/home/carol']), 'drwx------ carol')
  assert.equal((await callAs('carol', 'fs_write_file', { path: '/b.txt', content: 'hers' })).code, 0)
  assert.equal(await system.out(['cat', '/home/carol/b.txt']), 'hers')
  assert.equal(await system.show('llmbasedos-gateway.service', 'MainPID'), gateway)
})

test('in its sandbox too a server makes a new file unasked, and replaces it with consent alone', async () => {
  const write = (content: string, ...options: string[]) =>
    system.run(['luca', 'call', 'fs_write_file', JSON.stringify({ path: '/new.txt', content }), ...options], {
      user: 'owner',
    })
  assert.equal((await write('one')).code, 0)
  const refused = await write('two')
  assert.notEqual(refused.code, 0)
  assert.match(refused.stderr, /needs your consent/)
  assert.equal(await system.out(['cat', '/home/owner/new.txt']), 'one')
  assert.equal((await write('two', '--yes')).code, 0)
  assert.equal(await system.out(['cat', '/home/owner/new.txt']), 'two')
  assert.equal(await system.out(['find', '/home/owner', '-name', '*.tmp']), '')
  // What it writes is noted outside of what it serves, and documents are read in a thread of their own.
  assert.match(await system.out(['ls', '/var/lib/llmbasedos/fs/owner/writing']), /\.journal$/)
  const read = await callAs('owner', 'fs_read_docx_paragraphs', { path: '/new.txt' })
  assert.match(read.stderr + read.stdout, /can't be used as a Word document/)
})

test('a password is asked for at the login, and a wrong one is refused', async () => {
  // What login and sshd ask, through PAM: 0 for the right password.
  const enter = async (name: string, password: string) =>
    (await system.run(['unix_chkpwd', name, 'nullok'], { input: `${password}\0` })).code
  assert.equal(await enter('carol', 'correct horse'), 0)
  assert.notEqual(await enter('carol', 'wrong horse'), 0)
  await system.out(['luca', 'user', 'passwd', 'carol', '--password-stdin'], { input: 'battery staple\n' })
  assert.notEqual(await enter('carol', 'correct horse'), 0)
  assert.equal(await enter('carol', 'battery staple'), 0)
  for (const password of ['', '*', '!*']) assert.notEqual(await enter('owner', password), 0)
})

test('only the owner makes users, and a user changes their own password alone', async () => {
  for (const args of [
    ['user', 'add', 'mallory'],
    ['user', 'remove', 'owner', '--yes'],
    ['hostname', 'mine'],
  ]) {
    const { code, stderr } = await system.run(['luca', ...args], { user: 'carol' })
    assert.equal(code, 4, stderr)
  }
  const own = await system.run(['luca', 'user', 'passwd', 'carol', '--password-stdin'], {
    user: 'carol',
    input: 'purple monkey\n',
  })
  assert.equal(own.code, 0, own.stderr)
  const others = await system.run(['luca', 'user', 'passwd', 'owner', '--password-stdin'], {
    user: 'carol',
    input: 'purple monkey\n',
  })
  assert.equal(others.code, 4)
})

for (const name of ['root', 'Mallory', 'a b', '../x', 'mcp-fs', 'x'.repeat(16), 'daemon', '-a'])
  test(`${JSON.stringify(name)} is refused as a user`, async () => {
    assert.notEqual((await system.run(['luca', 'user', 'add', '--', name])).code, 0)
    assert.equal((await json('user', 'list')).users.length, 2)
  })

test('a token reaches its user’s servers, and ends with the user', async () => {
  const { token } = await json('token', 'create', 'phone', '--user', 'carol')
  const ask = `node -e '
    fetch("http://127.0.0.1:8000/mcp/tools/fs_read_text_file", {method: "POST", headers: {authorization: "Bearer ${token}", "content-type": "application/json"}, body: JSON.stringify({path: "/b.txt"})})
      .then(async (r) => console.log(r.status, await r.text()))'`
  assert.match(await system.out(['bash', '-c', ask]), /^200 .*hers/)
  await luca('user', 'remove', 'carol', '--yes')
  await system.until('the token has ended', async () => /^401/.test(await system.out(['bash', '-c', ask])))
  const { tokens } = await json('token', 'list')
  assert.deepEqual(tokens, [])
})

test('a removed user’s servers are gone; the files stay unless they are wiped', async () => {
  assert.notEqual((await system.run(['getent', 'passwd', 'carol'])).code, 0)
  assert.equal(
    await system.out(['systemctl', 'list-units', '--plain', '--no-legend', '--state=active', '*@carol.*']),
    '',
  )
  assert.equal(await system.out(['cat', '/home/carol/b.txt']), 'hers')
  await luca('user', 'remove', 'carol', '--wipe', '--yes')
  assert.notEqual((await system.run(['test', '-e', '/home/carol'])).code, 0)
})

test('a quota where the disk keeps none is refused, and no user is made', async () => {
  const { code, stderr } = await system.run(['luca', 'user', 'add', 'dave', '--quota', '1G'])
  assert.equal(code, 1)
  assert.match(stderr, /quota/i)
  assert.notEqual((await system.run(['getent', 'passwd', 'dave'])).code, 0)
})

test('a secret lies sealed on the disk and is handed to its one unit', async () => {
  await system.out(['luca', 'secret', 'set', 'time', 'password', '--user', 'owner'], { input: 'open sesame' })
  const sealed = await system.out(['cat', '/var/lib/llmbasedos/credstore.encrypted/mcp-time.owner.password'])
  assert.doesNotMatch(Buffer.from(sealed, 'base64').toString('latin1') + sealed, /sesame/)
  const { secrets } = await json('secret', 'list')
  assert.deepEqual(
    secrets.filter(({ user }: { user: string | null }) => user !== null),
    [{ server: 'time', user: 'owner', name: 'password' }],
  )
  await system.out(['luca', 'call', 'time_get_current_time', '{}'])
  await system.out(['luca', 'call', 'fs_list_directory', '{"path":"/"}'])
  const given = (unit: string) => system.run(['ls', `/run/credentials/${unit}`])
  assert.equal((await given('mcp-time@owner.service')).stdout.trim(), 'mcp-time.owner.password')
  assert.equal((await given('mcp-fs@owner.service')).stdout.trim(), '')
  assert.doesNotMatch((await given('llmbasedos-gateway.service')).stdout, /password/)
  const journal = await system.out(['journalctl', '-b', '-o', 'cat'])
  assert.doesNotMatch(journal, /sesame|correct horse|battery staple/)
  assert.match(journal, /secret\/set/)
})

test('with a certificate the local network is served over HTTPS', async () => {
  await luca('certificate', 'make', '--name', 'box.example')
  const ask = `node -e '
    const ca = require("fs").readFileSync("/var/lib/llmbasedos/ca.crt");
    require("https").get({host: "127.0.0.1", port: 8443, path: "/health", ca, servername: "box.example", headers: {host: "localhost"}}, (r) => r.pipe(process.stdout))'`
  assert.equal(
    await system.until('it is served', async () => (await system.run(['bash', '-c', ask])).stdout.trim()),
    'ok',
  )
})

test('every privileged act is written down, with who asked for it', async () => {
  const audit = await system.out(['journalctl', '-b', '-u', 'llmbasedos-admin.service', '-o', 'cat'])
  assert.match(audit, /"verb":"user\/add"[^\n]*carol/)
  assert.match(audit, /"verb":"user\/passwd"[^\n]*"outcome"/)
})
