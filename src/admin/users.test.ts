import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RunFailed } from './run.ts'
import { type TestMachine, testMachine } from './testing/machine.ts'
import { allUsers, hasPassword } from './userdb.ts'
import {
  addUser,
  changePassword,
  changeQuota,
  listUsers,
  makeOwner,
  removeUser,
  startServers,
} from './users.ts'

async function startUsers(machine: Parameters<typeof makeOwner>[0]): Promise<void> {
  await makeOwner(machine)
  await startServers(machine)
}

const records = ({ state }: TestMachine) => readdirSync(join(state, 'userdb')).sort()
const read = ({ state }: TestMachine, name: string) =>
  JSON.parse(readFileSync(join(state, 'userdb', name), 'utf8'))
const privateOf = ({ folder }: TestMachine) => join(folder, 'private')
const modeOf = (path: string) => statSync(path).mode & 0o777
const fails = (why: string) => () => {
  throw new RunFailed('/usr/bin/x', why)
}

test('a user is a record that systemd reads, found by name and by number', async () => {
  using machine = testMachine()
  const { user } = await addUser({ name: 'alice', realName: 'Alice A', password: 'correct horse' }, machine)
  assert.deepEqual(user, {
    name: 'alice',
    uid: 1001,
    realName: 'Alice A',
    home: join(machine.home, 'alice'),
    owner: false,
    hasPassword: true,
  })
  assert.deepEqual(records(machine), [
    '1001.group',
    '1001.user',
    '1001.user-privileged',
    'alice.group',
    'alice.user',
    'alice.user-privileged',
    'alice:llmbasedos.membership',
  ])
  assert.deepEqual(read(machine, '1001.user'), {
    userName: 'alice',
    uid: 1001,
    gid: 1001,
    realName: 'Alice A',
    homeDirectory: join(machine.home, 'alice'),
    shell: '/bin/bash',
    disposition: 'regular',
  })
  assert.deepEqual(read(machine, '1001.group'), { groupName: 'alice', gid: 1001 })
  assert.equal(readlinkSync(join(machine.state, 'userdb/1001.user')), 'alice.user')
  assert.match(read(machine, 'alice.user-privileged').privileged.hashedPassword[0], /^\$y\$/)
  assert.equal(modeOf(join(machine.state, 'userdb/alice.user')), 0o644)
  assert.equal(modeOf(join(machine.state, 'userdb/alice.user-privileged')), 0o600)
})

test('records can be read by every program, whatever the umask of the helper', async () => {
  using machine = testMachine()
  const umask = process.umask(0o077)
  try {
    await addUser({ name: 'alice' }, machine)
  } finally {
    process.umask(umask)
  }
  assert.equal(modeOf(join(machine.state, 'userdb')), 0o755)
  for (const name of ['alice.user', 'alice.group', 'alice:llmbasedos.membership'])
    assert.equal(modeOf(join(machine.state, 'userdb', name)), 0o644)
})

test('a user has a home of their own, made from the skeleton, and their servers at once', async () => {
  using machine = testMachine()
  await addUser({ name: 'alice' }, machine)
  const home = join(machine.home, 'alice')
  assert.equal(modeOf(home), 0o700)
  assert.deepEqual(readdirSync(home).sort(), ['.bashrc', '.config'])
  assert.deepEqual(
    machine.given.map(({ path, uid }) => `${path} ${uid}`).sort(),
    [home, join(home, '.bashrc'), join(home, '.config')].map((path) => `${path} 1001`),
  )
  assert.deepEqual(machine.lines('systemctl'), ['systemctl start -- mcp-user@alice.target'])
})

test('a name that is a user, of the system, or still has files is refused', async () => {
  using machine = testMachine()
  await addUser({ name: 'alice' }, machine)
  await assert.rejects(addUser({ name: 'alice' }, machine), /already/)
  await assert.rejects(addUser({ name: 'http' }, machine), /system itself/)
  await assert.rejects(addUser({ name: 'wheel' }, machine), /system itself/)
  mkdirSync(join(machine.home, 'bob'))
  await assert.rejects(addUser({ name: 'bob' }, machine), /still there.*user\/remove/)
  mkdirSync(join(machine.state, 'time/carol'), { recursive: true })
  await assert.rejects(addUser({ name: 'carol' }, machine), /still there/)
  assert.equal((await allUsers(machine)).length, 1)
})

test('what was made of a user is undone when a later step fails, and their number is not given again', async () => {
  using machine = testMachine()
  machine.answers.set('systemctl start', fails('failed: no such target'))
  await assert.rejects(addUser({ name: 'alice' }, machine), /no such target/)
  assert.deepEqual(records(machine), [])
  assert.ok(!existsSync(join(machine.home, 'alice')))
  machine.answers.clear()
  assert.equal((await addUser({ name: 'alice' }, machine)).user.uid, 1002)
})

test('where the next number of a user can not be read, no user gets one that another may have had', async () => {
  for (const text of ['', ' ', '0x3ea', '1e3', '-1', '12'] as const) {
    using machine = testMachine()
    writeFileSync(join(machine.state, 'next-uid'), text)
    await assert.rejects(
      addUser({ name: 'alice', password: 'correct horse' }, machine),
      /next-uid holds no number/,
    )
    assert.deepEqual(await allUsers(machine), [])
  }
})

test('where quotas can not be set, a user with one is not made, and the error says why', async () => {
  using machine = testMachine()
  machine.answers.set('setquota', () => {
    throw new RunFailed('/usr/bin/setquota', 'is not on this machine.', true)
  })
  await assert.rejects(addUser({ name: 'alice', quota: 2 ** 30 }, machine), /setquota is not installed/)
  assert.deepEqual(await allUsers(machine), [])
  machine.answers.clear()
  await addUser({ name: 'alice', quota: 2 ** 30 + 1 }, machine)
  await changeQuota({ name: 'alice', bytes: null }, machine)
  const [, set, cleared] = machine.lines('setquota')
  assert.match(set ?? '', /^setquota -u -- 1002 0 1048577 0 0 \//)
  assert.match(cleared ?? '', /^setquota -u -- 1002 0 0 0 0 \//)
})

test('a password is changed, and null locks', async () => {
  using machine = testMachine()
  const { user } = await addUser({ name: 'alice' }, machine)
  assert.equal(user.hasPassword, false)
  await changePassword({ name: 'alice', password: 'correct horse' }, machine)
  const alice = { name: 'alice', uid: 1001 }
  assert.equal(await hasPassword(machine, alice), true)
  await changePassword({ name: 'alice', password: null }, machine)
  assert.equal(await hasPassword(machine, alice), false)
  await assert.rejects(changePassword({ name: 'bob', password: null }, machine), /no user "bob"/)
})

test('a removed user can not log in before their programs are ended, and their files stay unless they are wiped', async () => {
  using machine = testMachine()
  await addUser({ name: 'alice' }, machine)
  mkdirSync(join(machine.state, 'credstore.encrypted'))
  for (const name of ['mcp-mail.alice.login', 'mcp-mail.owner.login'])
    writeFileSync(join(machine.state, 'credstore.encrypted', name), '')
  mkdirSync(join(privateOf(machine), 'time/alice'), { recursive: true })
  machine.answers.set('systemctl stop', () => {
    assert.ok(!existsSync(join(machine.state, 'userdb/alice.user')))
    return ''
  })
  machine.answers.set('loginctl list-users', () => ' 1001 alice no active\n')
  const { kept } = await removeUser({ name: 'alice', files: 'keep' }, machine)
  assert.deepEqual(kept, [join(machine.home, 'alice'), join(privateOf(machine), 'time/alice')])
  assert.deepEqual(records(machine), [])
  assert.deepEqual(readdirSync(join(machine.state, 'credstore.encrypted')), ['mcp-mail.owner.login'])
  assert.deepEqual(machine.lines('systemctl stop'), [
    'systemctl stop -- mcp-user@alice.target',
    'systemctl stop -- mcp-*@alice.service',
  ])
  assert.deepEqual(machine.lines('loginctl'), [
    'loginctl list-users --no-legend',
    'loginctl terminate-user -- 1001',
  ])
  await assert.rejects(removeUser({ name: 'alice', files: 'keep' }, machine), /no user/)
  assert.deepEqual(await removeUser({ name: 'alice', files: 'wipe' }, machine), { kept: [] })
  assert.ok(!existsSync(join(machine.home, 'alice')) && !existsSync(join(privateOf(machine), 'time/alice')))
})

test('wiping follows no link, and touches nothing of the system or of others', async () => {
  using machine = testMachine()
  await addUser({ name: 'alice' }, machine)
  const outside = join(machine.folder, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'precious'), '')
  symlinkSync(outside, join(machine.home, 'alice/link'))
  mkdirSync(join(machine.state, 'time'))
  symlinkSync(outside, join(machine.state, 'time/alice'))
  symlinkSync(outside, join(machine.state, 'notes'))
  mkdirSync(join(outside, 'alice'))
  mkdirSync(join(machine.state, 'gateway/alice'), { recursive: true })
  await removeUser({ name: 'alice', files: 'wipe' }, machine)
  assert.deepEqual(readdirSync(outside).sort(), ['alice', 'precious'])
  assert.ok(existsSync(join(machine.state, 'gateway/alice')))
  assert.deepEqual(readdirSync(join(machine.state, 'time')), [])
  assert.deepEqual(readdirSync(machine.home), [])
})

test('neither the owner nor what only looks like a user can be removed', async () => {
  using machine = testMachine()
  await startUsers(machine)
  await assert.rejects(removeUser({ name: 'owner', files: 'wipe' }, machine), /can't be removed/)
  mkdirSync(join(machine.home, 'http'))
  await assert.rejects(removeUser({ name: 'http', files: 'wipe' }, machine), /no user/)
  assert.deepEqual(readdirSync(machine.home).sort(), ['http', 'owner'])
})

test('at boot there is an owner, locked, and the servers of all users start', async () => {
  using machine = testMachine()
  await startUsers(machine)
  await addUser({ name: 'alice' }, machine)
  await startUsers(machine)
  const { users } = await listUsers({}, machine)
  assert.deepEqual(
    users.map(({ name, uid, owner, hasPassword }) => ({ name, uid, owner, hasPassword })),
    [
      { name: 'owner', uid: 1000, owner: true, hasPassword: false },
      { name: 'alice', uid: 1001, owner: false, hasPassword: false },
    ],
  )
  assert.equal(
    machine.lines('systemctl').at(-1),
    'systemctl start --no-block -- mcp-user@owner.target mcp-user@alice.target',
  )
})

test('a record that can not be read is no user', async () => {
  using machine = testMachine()
  await startUsers(machine)
  for (const [file, text] of [
    ['eve.user', '{"userName":"owner","uid":1000}'],
    ['mallory.user', '{"userName":"mallory","uid":"0"}'],
    ['broken.user', '{'],
  ] as const)
    writeFileSync(join(machine.state, 'userdb', file), text)
  assert.deepEqual(
    (await allUsers(machine)).map(({ name }) => name),
    ['owner'],
  )
})
