/** The commands for the machine, against the root helper as it is, on a machine that is a folder. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { runDiskJob } from '../admin/disks.ts'
import { RunFailed } from '../admin/run.ts'
import { stick } from '../admin/testing/blocks.ts'
import { type Served, served } from '../admin/testing/client.ts'
import { hasPassword } from '../admin/userdb.ts'
import { makeOwner } from '../admin/users.ts'
import type { Terminal } from '../command/io.ts'
import { matching } from './commands/matching.ts'
import { type Said, session } from './fixtures/session.ts'
import { luca } from './luca.ts'

const PASSWORD = 'correct horse'
let s: Served
let env: NodeJS.ProcessEnv

before(async () => {
  s = await served()
  await makeOwner(s.machine)
  env = { LLMBDO_ADMIN_SOCKET: join(s.machine.folder, 'admin.sock') }
})
after(() => s[Symbol.asyncDispose]())

const run = (...words: string[]) => session(words, { env })
const fed = (stdin: string, ...words: string[]) => session(words, { env, stdin })
const json = async (...words: string[]) => JSON.parse((await run(...words, '--json')).stdout)
const ok = ({ code, stderr }: Said) => assert.equal(code, 0, stderr)

/** At a terminal where `lines` are typed; each once it was asked for. */
async function typed(lines: string[], ...words: string[]): Promise<Said> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {} })
  const stdout: Terminal = Object.assign(new PassThrough(), { isTTY: true })
  const stderr = Object.assign(new PassThrough(), { isTTY: true })
  let said = ''
  stderr.on('data', (chunk: Buffer) => {
    said += chunk
    if (/(: |\] )$/.test(String(chunk))) stdin.write(`${lines.shift() ?? ''}\r`)
  })
  const code = await luca(words, { stdin, stdout, stderr, env: { ...env, NO_COLOR: '1' } })
  return { code, stdout: String((stdout as PassThrough).read() ?? ''), stderr: said }
}

describe('luca user', () => {
  test('makes a user with a password from stdin, lists and removes them', async () => {
    const made = await fed(
      `${PASSWORD}\n`,
      'user',
      'add',
      'alice',
      '--real-name',
      'Alice A',
      '--password-stdin',
    )
    ok(made)
    assert.match(made.stdout, /^made alice \(uid \d+\), with the home .*alice\n$/)
    assert.match(
      (await run('user', 'list')).stdout,
      /^NAME .*\nowner +1000 +owner +no\nalice +\d+ +user +yes +Alice A\n$/,
    )
    const { users } = await json('user', 'list')
    assert.equal(users[1].realName, 'Alice A')
    const removed = await run('user', 'remove', 'alice', '--yes')
    assert.match(removed.stdout, /^removed alice\nkept .*alice\n$/)
    assert.deepEqual(await json('user', 'remove', 'alice', '--wipe', '--yes'), { removed: 'alice', kept: [] })
  })

  test('asks for a password twice at a terminal, and shows neither', async () => {
    const made = await typed([PASSWORD, PASSWORD], 'user', 'add', 'bob')
    ok(made)
    assert.match(made.stderr, /New password of bob.*\nThe same again: \n/)
    assert.ok(!`${made.stdout}${made.stderr}`.includes(PASSWORD))
    const differ = await typed([PASSWORD, `${PASSWORD}!`], 'user', 'passwd', 'bob')
    assert.deepEqual([differ.code, /not the same/.test(differ.stderr)], [2, true])
    ok(await run('user', 'passwd', 'bob', '--lock'))
    const { users } = await json('user', 'list')
    const bob = users.find((user: { name: string }) => user.name === 'bob')
    assert.equal(await hasPassword(s.machine, bob), false)
    const none = await typed([''], 'user', 'add', 'carol')
    assert.match(none.stderr, /no password yet: "luca user passwd carol"/)
  })

  test('removes only after a yes', async () => {
    await run('user', 'add', 'dave')
    const nobody = await run('user', 'remove', 'dave')
    assert.deepEqual([nobody.code, /--yes/.test(nobody.stderr)], [4, true])
    const no = await typed(['n'], 'user', 'remove', 'dave', '--wipe')
    assert.deepEqual([no.code, /delete all files for good/.test(no.stderr)], [4, true])
    ok(await typed(['y'], 'user', 'remove', 'dave', '--wipe'))
    assert.equal((await run('user', 'remove', 'owner', '--yes')).code, 4)
  })

  test('sets a quota in the units that people use', async () => {
    ok(await run('user', 'quota', 'owner', '10G'))
    assert.match(s.machine.lines('setquota').at(-1) ?? '', / 1000 0 10485760 0 0 /)
    ok(await run('user', 'quota', 'owner', 'none'))
    assert.match(s.machine.lines('setquota').at(-1) ?? '', / 1000 0 0 0 0 /)
    const wrong = await run('user', 'quota', 'owner', '10 apples')
    assert.deepEqual([wrong.code, /10G/.test(wrong.stderr)], [2, true])
  })

  test("shows the helper's own sentence where it refuses", async () => {
    const { code, stderr } = await run('user', 'add', 'Root')
    assert.equal(code, 1)
    assert.match(stderr, /^luca: "name" must be a name of 1 to 15/)
  })
})

test('luca secret takes a value from stdin or unseen, and never shows one', async () => {
  ok(await fed('hunter22\n', 'secret', 'set', 'mail', 'login', '--user', 'owner'))
  assert.equal(s.machine.ran.find(({ line }) => line.includes('mail.owner.login'))?.input, 'hunter22')
  const asked = await typed(['hunter33'], 'secret', 'set', 'llm', 'key')
  ok(asked)
  assert.ok(!asked.stderr.includes('hunter33'))
  assert.equal(
    (await run('secret', 'list')).stdout,
    'SERVER  USER   NAME\nllm     -      key\nmail    owner  login\n',
  )
  ok(await run('secret', 'remove', 'llm', 'key'))
  assert.deepEqual(await json('secret', 'list', '--user', 'owner'), {
    secrets: [{ server: 'mail', user: 'owner', name: 'login' }],
  })
  const empty = await fed('', 'secret', 'set', 'llm', 'key')
  assert.deepEqual([empty.code, /stdin was empty/.test(empty.stderr)], [2, true])
})

test('luca certificate makes one, and prints what devices have to trust', async () => {
  assert.match((await run('certificate', 'show')).stdout, /none yet/)
  assert.equal((await run('certificate', 'show', '--ca')).code, 1)
  const made = await run('certificate', 'make', '--name', 'attic.example', '--name', '10.0.0.1')
  assert.match(
    made.stdout,
    /^for box, box\.local, 192\.168\.1\.7, localhost, .*attic\.example, 10\.0\.0\.1\nuntil \d{4}-.*\nCA [0-9A-F:]{95} /,
  )
  assert.match((await run('certificate', 'show', '--ca')).stdout, /^-----BEGIN CERTIFICATE-----\n/)
  assert.equal((await json('certificate', 'show')).certificate.names.length, 8)
  assert.equal((await run('certificate', 'make', '--ca')).code, 2)
})

test('luca hostname shows the name and changes it', async () => {
  assert.equal((await run('hostname')).stdout, 'box\n')
  assert.deepEqual(await json('hostname', 'attic'), { name: 'attic' })
  assert.equal(s.machine.lines('hostname').at(-1), 'hostname -- attic')
})

test('luca unit shows services and restarts one', async () => {
  s.machine.answers.set(
    'systemctl show',
    () =>
      'Id=mcp-fs@owner.service\nLoadState=loaded\nActiveState=active\nSubState=running\nStatusText=asleep\nMainPID=7\nMemoryCurrent=1536\n',
  )
  assert.match(
    (await run('unit', 'list')).stdout,
    /\nactive \(asleep\) +- +7 +1\.5 KiB +mcp-fs@owner\.service\n$/,
  )
  assert.deepEqual(await json('unit', 'restart', 'mcp-fs@owner.service'), {
    restarted: 'mcp-fs@owner.service',
  })
  assert.equal((await run('unit', 'restart', 'mcp-x@owner.service')).code, 1)
})

test('luca disk shows what is full and who fills it', async () => {
  assert.match(
    (await run('disk')).stdout,
    /^SIZE .*\n.*state, .*home\nUSER +USED +QUOTA\nowner +not counted +none\n/,
  )
  assert.ok((await json('disk')).fileSystems[0].size > 0)
})

test('what is not understood is reported with the usage, before anything is asked', async () => {
  for (const words of [
    ['user', 'ad', 'x'],
    ['user', 'list', '--wipe'],
    ['user', 'add', 'x', 'y'],
    ['user', 'quota', 'x'],
    ['secret', 'set', 'x'],
    ['unit', 'stop', 'x'],
    ['certificate', 'make', '--days', 'many'],
  ]) {
    const { code, stderr } = await run(...words)
    assert.equal(code, 2, words.join(' '))
    assert.match(stderr, /usage: luca/)
  }
})

test('without a helper each command says that it is part of the image', async () => {
  const nowhere = { LLMBDO_ADMIN_SOCKET: join(s.machine.folder, 'nowhere.sock') }
  for (const words of [
    ['user', 'list'],
    ['secret', 'list'],
    ['hostname'],
    ['unit', 'list'],
    ['disk'],
    ['certificate', 'show'],
  ]) {
    const { code, stderr } = await session(words, { env: nowhere })
    assert.equal(code, 3, words.join(' '))
    assert.match(
      stderr,
      /The root helper does not answer: it is part of the appliance's image; "luca up" has none\./,
    )
  }
})

describe('luca disk', () => {
  let job: object | undefined
  before(() => {
    s.machine.answers.set('lsblk', () =>
      JSON.stringify({
        blockdevices: [
          stick('/dev/sda', ['PHOTOS'], { tran: 'usb' }),
          stick('/dev/sdb', ['PHOTOS'], { mountpoints: ['/data'] }),
        ],
      }),
    )
    s.machine.answers.set('systemctl restart -- llmbasedos-disk.service', () =>
      runDiskJob(s.machine, async (params) => {
        job = params
        return { recoveryKey: params.encrypt ? 'cbde-fghi' : null, openedBy: 'typing', moved: true }
      }).then(() => ''),
    )
  })

  test('lists disks with what they hold', async () => {
    const { stdout } = await run('disk', 'list')
    assert.match(stdout, /^\/dev\/sda +8\.0 GiB +Stick, usb/m)
    assert.match(stdout, /^ {2}\/dev\/sda1 +1\.0 GiB +vfat "PHOTOS"/m)
    assert.match(stdout, /^\/dev\/sdb .*not to be prepared: the data is on it$/m)
  })

  test('shows what is lost, and goes on only where the name of the disk is typed', async () => {
    job = undefined
    const refused = await typed(['yes'], 'disk', 'prepare', '/dev/sda')
    assert.deepEqual([refused.code, job], [4, undefined])
    assert.match(refused.stderr, /This is lost:\n {2}\/dev\/sda1, 1\.0 GiB: vfat "PHOTOS"/)
    ok(await typed(['/dev/sda'], 'disk', 'prepare', '/dev/sda'))
    assert.deepEqual(job, { device: '/dev/sda', encrypt: false })
    assert.equal((await run('disk', 'prepare', '/dev/sda')).code, 4)
    assert.match((await run('disk', 'prepare', '/dev/sdb', '--yes')).stderr, /the data is on it/)
  })

  test('shows the recovery key once, and takes a passphrase that is typed or from stdin', async () => {
    const words = ['disk', 'prepare', '/dev/sda', '--encrypt']
    const asked = await typed(['/dev/sda', PASSWORD, PASSWORD], ...words)
    ok(asked)
    assert.match(asked.stdout, /Recovery key {2}cbde-fghi/)
    assert.ok(!asked.stderr.includes(PASSWORD))
    assert.deepEqual(job, { device: '/dev/sda', encrypt: true, passphrase: PASSWORD })
    ok(await fed(`${PASSWORD}2\n`, ...words, '--yes', '--passphrase-stdin'))
    assert.deepEqual(job, { device: '/dev/sda', encrypt: true, passphrase: `${PASSWORD}2` })
    assert.equal((await run('disk', 'list', '--encrypt')).code, 2)
  })
})

test('luca power asks before it switches the machine off or starts it anew', async () => {
  assert.equal((await run('power', 'off')).code, 4)
  assert.equal((await run('power', 'sideways', '--yes')).code, 2)
  assert.equal((await typed(['n'], 'power', 'off')).code, 4)
  assert.deepEqual(s.machine.lines('systemctl --no-block'), [])
  ok(await typed(['y'], 'power', 'off'))
  ok(await run('power', 'restart', '--yes'))
  assert.deepEqual(s.machine.lines('systemctl --no-block'), [
    'systemctl --no-block poweroff',
    'systemctl --no-block reboot',
  ])
})

test('luca ssh-key takes a key or a file, lists keys and removes one', async () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvZ5K0nF1L0p3m9Z0n1v8Q2cYw6i2zV3m1k0s9e7d3f ada@desk'
  const file = join(s.machine.folder, 'id.pub')
  writeFileSync(file, `${key}\n`)
  const added = await run('ssh-key', 'add', file, '--user', 'owner')
  ok(added)
  const [, print = ''] = /^added (SHA256:\S+)$/m.exec(added.stdout) ?? []
  ok(await run('ssh-key', 'add', ...key.split(' '), '--user', 'owner'))
  assert.match(
    (await run('ssh-key', 'list', '--user', 'owner')).stdout,
    /\n\S+ +ssh-ed25519 +added +ada@desk\n$/,
  )
  ok(await run('ssh-key', 'remove', print, '--user', 'owner'))
  assert.deepEqual(await json('ssh-key', 'list', '--user', 'owner'), { keys: [] })
  assert.equal((await run('ssh-key', 'add', '/no/file', '--user', 'owner')).code, 2)
})

test('luca licence puts a file in the place of the licence, and takes it away', async () => {
  const file = join(s.machine.folder, 'mine')
  writeFileSync(file, 'FREE:ada:2099-12-31\n')
  ok(await run('licence', 'set', file))
  const kept = join(s.machine.etc, 'llmbasedos/licence.key')
  assert.equal(readFileSync(kept, 'utf8'), 'FREE:ada:2099-12-31\n')
  ok(await run('licence', 'remove'))
  assert.ok(!existsSync(kept))
  assert.equal((await run('licence', 'set', '/no/file')).code, 2)
})

test('luca config takes a file that the gateway can use, and tells why it does not take another', async () => {
  const file = join(s.machine.folder, 'mine.yaml')
  const kept = join(s.machine.etc, 'llmbasedos/models.yaml')
  writeFileSync(file, 'providers: {}\n')
  assert.match((await run('config', 'set', 'models', file)).stdout, /^took models\.yaml$/m)
  assert.equal(readFileSync(kept, 'utf8'), 'providers: {}\n')
  assert.match((await run('config', 'set', 'gateway', file)).stdout, /the gateway starts anew/)
  s.machine.answers.set('node', () =>
    Promise.reject(new RunFailed('/usr/bin/node', 'failed: no such setting')),
  )
  writeFileSync(file, 'nonsense: 1\n')
  assert.match((await run('config', 'set', 'models', file)).stderr, /no such setting/)
  assert.equal(readFileSync(kept, 'utf8'), 'providers: {}\n')
  ok(await run('config', 'remove', 'models'))
  assert.ok(!existsSync(kept))
  assert.equal((await run('config', 'set', 'colours', file)).code, 2)
})

test('luca keyboard, timezone and language show, list and choose, and say what there is not', async () => {
  assert.equal((await run('keyboard')).stdout, 'us\n')
  assert.equal((await run('keyboard', 'list')).stdout, 'de\nus\n')
  assert.equal((await run('timezone', 'Europe/Berlin')).stdout, 'Europe/Berlin\n')
  assert.ok((await json('timezone', 'list')).names.includes('Asia/Tokyo'))
  assert.deepEqual(await json('language', 'de_DE'), { language: 'de_DE' })
  const wrong = await run('keyboard', 'xx')
  assert.deepEqual([wrong.code, /no keyboard "xx" here; "luca keyboard list"/.test(wrong.stderr)], [1, true])
})

test('luca begin asks one question each, understands parts of names, and asks a new machine once', async () => {
  const asked = await typed(['?', 'xx', 'd', 'berl', ''], 'begin', '--new')
  ok(asked)
  assert.match(
    asked.stderr,
    /keyboard \[us\]: [\s\S]*de {2}us[\s\S]*no keyboard like "xx"[\s\S]*language \[de_DE\]: /,
  )
  assert.deepEqual(await json('keyboard'), { keyboard: 'de' })
  const again = await typed([], 'begin', '--new')
  assert.deepEqual([again.code, again.stderr], [0, ''])
  assert.equal((await run('begin')).code, 4)
})

test('luca begin joins the wireless network that is meant by a part of its name, once it is clear which', async () => {
  const of = (name: string) => ({
    'net.connman.iwd.Network': {
      Name: { data: name },
      Type: { data: 'psk' },
      Connected: { data: false },
    },
  })
  const busctl = 'busctl --system --auto-start=no --json=short --timeout=25 call net.connman.iwd'
  const objects = { '/s': { 'net.connman.iwd.Station': {} }, '/d': of('Dom Żółw'), '/c': of('Dom Czapli') }
  const say = (words: string, data?: unknown) =>
    s.machine.answers.set(`${busctl} ${words}`, () => JSON.stringify({ data }))
  say('/ ', [objects])
  say('/s net.connman.iwd.Station GetOrderedNetworks', [['/d', '/c'].map((path) => [path, -5000])])
  say('/d net.connman.iwd.Network Connect')
  const asked = await typed(['', '', '', 'dom', 'mill', 'żółw', 'open sesame'], 'begin')
  ok(asked)
  assert.match(
    asked.stderr,
    /"dom" may be Dom Żółw, or Dom Czapli\.[\s\S]*no "mill" in reach[\s\S]*joined Dom Żółw\n$/,
  )
})

test('a name is meant that is the same, else ones that begin so, else ones that have it in them', () => {
  const names = ['America/New_York', 'Europe/Paris', 'Europe/Berlin', 'UTC', 'de', 'de-latin1', 'dk']
  for (const [said, meant] of [
    ['de', ['de']],
    ['DE-', ['de-latin1']],
    ['new york', ['America/New_York']],
    ['europe', ['Europe/Paris', 'Europe/Berlin']],
    ['erl', ['Europe/Berlin']],
    ['mars', []],
  ] as const)
    assert.deepEqual(matching(names, said), meant)
})
