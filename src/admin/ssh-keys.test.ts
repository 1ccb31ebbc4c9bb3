import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { served } from './testing/client.ts'

const newKey = (type: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'key-'))
  try {
    const file = join(folder, 'key')
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'ada@desk', '-f', file])
    const print = execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' }).split(' ')[1]
    return { key: readFileSync(`${file}.pub`, 'utf8').trim(), print }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function machineWithUsers() {
  const s = await served({})
  const { makeOwner, addUser } = await import('./users.ts')
  await makeOwner(s.machine)
  await addUser({ name: 'alice' }, s.machine)
  return s
}

test('a key that is added lets its user in, the owner also as luca, and a removed one no longer', async () => {
  await using s = await machineWithUsers()
  const owner = s.client(1000)
  const file = (name: string) => join(s.machine.state, 'ssh', `${name}.keys`)
  for (const type of ['ed25519', 'ecdsa', 'rsa']) {
    const { key, print } = newKey(type)
    const { result } = await owner.call('ssh-key/add', { name: 'owner', key })
    assert.deepEqual(result, { fingerprint: print })
    await owner.call('ssh-key/add', { name: 'owner', key })
    for (const login of ['owner', 'luca']) assert.equal(readFileSync(file(login), 'utf8'), `${key}\n`)
    assert.equal(statSync(file('luca')).mode & 0o777, 0o644)
    const { keys } = (await owner.call('ssh-key/list', { name: 'owner' })).result
    assert.deepEqual(keys, [
      { type: key.split(' ')[0], fingerprint: print, comment: 'ada@desk', source: 'added' },
    ])
    await owner.call('ssh-key/remove', { name: 'owner', fingerprint: print })
    for (const login of ['owner', 'luca']) assert.equal(readFileSync(file(login), 'utf8'), '')
  }
})

test('a user adds keys only for themselves, and the keys go with the user', async () => {
  await using s = await machineWithUsers()
  const alice = s.client(1001)
  const { key } = newKey('ed25519')
  assert.equal((await alice.call('ssh-key/add', { name: 'alice', key })).error, undefined)
  assert.match(
    (await alice.call('ssh-key/add', { name: 'owner', key })).error?.message ?? '',
    /must be "alice"/,
  )
  assert.ok(!existsSync(join(s.machine.state, 'ssh/luca.keys')))
  await s.client(0).call('user/remove', { name: 'alice', files: 'wipe' })
  assert.ok(!existsSync(join(s.machine.state, 'ssh/alice.keys')))
})

test('what is no plain public key is refused, and so is a key that is not there', async () => {
  await using s = await machineWithUsers()
  const owner = s.client(1000)
  const { key, print } = newKey('ed25519')
  for (const bad of [
    `command="id" ${key}`,
    `${key}\n${key}`,
    `${key}\u001b[2J`,
    'ssh-ed25519 AAAA',
    'ssh-dss AAAAB3NzaC1yc2EAAAADAQABAAABgQC7vbqajDhA7vbqajDhA7vbqajDhA',
    '',
    7,
  ])
    assert.match(
      (await owner.call('ssh-key/add', { name: 'owner', key: bad })).error?.message ?? '',
      /public key/,
    )
  assert.match(
    (await owner.call('ssh-key/add', { name: 'carol', key })).error?.message ?? '',
    /no user "carol"/,
  )
  const missing = await owner.call('ssh-key/remove', { name: 'owner', fingerprint: print })
  assert.match(missing.error?.message ?? '', /no such key/)
})
