import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADMIN_VERBS } from '../contracts/admin-helper.ts'
import { ERRORS } from '../protocol/errors.ts'
import { type Served, served } from './testing/client.ts'

const SECRET = 'correct horse battery'

/** With the owner (1000) and two users (1001, 1002). */
async function withUsers(options: Parameters<typeof served>[0] = {}): Promise<Served> {
  const s = await served(options)
  const { makeOwner, addUser } = await import('./users.ts')
  await makeOwner(s.machine)
  await addUser({ name: 'alice' }, s.machine)
  await addUser({ name: 'bob' }, s.machine)
  s.machine.ran.length = 0
  return s
}

test('root and the owner may do all', async () => {
  await using s = await withUsers()
  for (const uid of [0, 1000]) {
    const { result } = await s.client(uid).call('user/list')
    assert.deepEqual(
      result.users.map((user: { name: string }) => user.name),
      ['owner', 'alice', 'bob'],
    )
  }
})

test('another user may do for themselves what is theirs, and nothing else', async () => {
  await using s = await withUsers()
  const alice = s.client(1001)
  const code = async (verb: string, params: object) => (await alice.call(verb, params)).error?.code
  assert.equal(await code('user/passwd', { name: 'alice', password: SECRET }), undefined)
  assert.equal(
    await code('secret/set', { server: 'mail', user: 'alice', name: 'x', value: SECRET }),
    undefined,
  )
  assert.equal(await code('secret/remove', { server: 'mail', user: 'alice', name: 'x' }), undefined)
  for (const verb of ['secret/list', 'hostname/get', 'certificate/show'])
    assert.equal(await code(verb, {}), undefined, verb)
  const forbidden = ERRORS.FORBIDDEN.code
  assert.equal(await code('user/passwd', { name: 'bob', password: SECRET }), forbidden)
  assert.equal(await code('user/passwd', {}), forbidden)
  assert.equal(await code('secret/set', { server: 'mail', user: 'bob', name: 'x', value: SECRET }), forbidden)
  assert.equal(await code('secret/set', { server: 'mail', name: 'x', value: SECRET }), forbidden)
  assert.equal(await code('secret/remove', { server: 'mail', name: 'x' }), forbidden)
  for (const [verb, { may }] of Object.entries(ADMIN_VERBS))
    if (may === 'owner') assert.equal(await code(verb, {}), forbidden, verb)
})

test('a user sees the names of only their own secrets', async () => {
  await using s = await withUsers()
  const owner = s.client(1000)
  for (const user of ['alice', 'bob'])
    await owner.call('secret/set', { server: 'mail', user, name: 'login', value: SECRET })
  const { result } = await s.client(1001).call('secret/list')
  assert.deepEqual(result, { secrets: [{ server: 'mail', user: 'alice', name: 'login' }] })
  assert.equal((await owner.call('secret/list')).result.secrets.length, 2)
})

test('whoever is no user here is refused and put out', async () => {
  await using s = await withUsers()
  const stranger = s.client(4711)
  const { error } = await stranger.call('hostname/get')
  assert.equal(error?.code, ERRORS.FORBIDDEN.code)
  assert.equal(await stranger.next(), undefined)
})

test('a user who was removed has no more say on a connection that is still open', async () => {
  await using s = await withUsers()
  const alice = s.client(1001)
  assert.equal((await alice.call('hostname/get')).error, undefined)
  await s.client(0).call('user/remove', { name: 'alice', files: 'keep' })
  assert.equal((await alice.call('hostname/get')).error?.code, ERRORS.FORBIDDEN.code)
})

test('what is not in the table is refused with what is', async () => {
  await using s = await withUsers()
  const root = s.client()
  const refused = async (verb: string, params: unknown, code: number, sentence: RegExp) => {
    const { error } = await root.call(verb, params)
    assert.equal(error?.code, code, verb)
    assert.match(error?.message ?? '', sentence)
  }
  for (const verb of ['user/destroy', '__proto__', 'toString', ''])
    await refused(verb, {}, ERRORS.METHOD_NOT_FOUND.code, /no verb/)
  const invalid = ERRORS.INVALID_PARAMS.code
  await refused('user/add', {}, invalid, /needs "name".*lower-case/)
  await refused('user/add', { name: 'A' }, invalid, /"name" must be a name of 1 to 15/)
  await refused('user/add', { name: '../etc' }, invalid, /"name" must be/)
  await refused(
    'user/add',
    { name: 'carol', shell: '/bin/zsh' },
    invalid,
    /no parameter "shell"; it has name, realName/,
  )
  await refused('user/add', { name: 'carol', password: null }, invalid, /"password" must be a text of 8/)
  await refused('user/add', { name: 'carol', toString: 1 }, invalid, /no parameter "toString"/)
  await refused('user/list', { all: true }, invalid, /it takes none/)
  await refused('user/list', [1], invalid, /by name/)
  await refused('user/remove', { name: 'alice', files: 'shred' }, invalid, /"keep" or "wipe"/)
  await refused('secret/set', { server: 'a/b', name: 'x', value: 'y' }, invalid, /"server" must be/)
  await refused('secret/set', { server: 'gateway', name: 'tls.key', value: 'y' }, invalid, /"name" must be/)
  await refused('hostname/set', { name: 'a b' }, invalid, /host name/)
  await refused('unit/restart', { unit: 'sshd.service' }, invalid, /service of this system/)
  assert.deepEqual(s.machine.ran, [])
})

test('what is no request is answered as far as it can be, and the connection goes on', async () => {
  await using s = await withUsers()
  const root = s.client()
  for (const [text, code] of [
    ['{', ERRORS.PARSE.code],
    ['[]', ERRORS.INVALID_REQUEST.code],
    ['{"id":1,"method":"x"}', ERRORS.INVALID_REQUEST.code],
    [`"${'x'.repeat(600 * 1024)}"`, ERRORS.INVALID_REQUEST.code],
  ] as const) {
    root.send(text)
    assert.equal((await root.next())?.error?.code, code, text.slice(0, 20))
  }
  root.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}')
  assert.equal((await root.call('hostname/get')).result.name, 'box')
})

test('each request is a line in the log, and no secret is in any', async () => {
  await using s = await withUsers()
  const root = s.client()
  s.lines.length = 0
  await root.call('user/add', { name: 'carol', realName: 'Carol', password: SECRET, _meta: { a: SECRET } })
  await root.call('user/passwd', { name: 'carol', password: `${SECRET}\n` })
  await root.call('secret/set', { server: 'mail', user: 'carol', name: 'login', value: SECRET })
  await root.call('secret/set', { server: SECRET, name: 'login', value: 'x' })
  await root.call('user/add', { name: 'dave', passwrod: SECRET })
  await s.client(4711).call('user/list')
  assert.ok(!JSON.stringify(s.lines).includes('correct'), JSON.stringify(s.lines))
  assert.ok(!JSON.stringify(s.machine.ran.map(({ line }) => line)).includes('correct'))
  const invalid = ERRORS.INVALID_PARAMS.code
  const shown = s.lines.map(({ who, verb, params, outcome }) => ({ who, verb, params, outcome }))
  const who = { uid: 0, name: 'root' }
  assert.deepEqual(shown, [
    { who, verb: 'user/add', params: { name: 'carol', realName: 'Carol' }, outcome: 'done' },
    { who, verb: 'user/passwd', params: { name: 'carol' }, outcome: invalid },
    { who, verb: 'secret/set', params: { server: 'mail', user: 'carol', name: 'login' }, outcome: 'done' },
    { who, verb: 'secret/set', params: { name: 'login' }, outcome: invalid },
    { who, verb: 'user/add', params: { name: 'dave' }, outcome: invalid },
    { who: { uid: 4711, name: null }, verb: 'user/list', params: {}, outcome: ERRORS.FORBIDDEN.code },
  ])
  assert.ok(s.lines.every(({ ms }) => Number.isInteger(ms)))
})

test('an unexpected failure goes to the log, and to the caller without its content', async () => {
  await using s = await withUsers()
  s.machine.answers.set('systemctl show', () => {
    throw new Error('at /var/lib/inner')
  })
  const { error } = await s.client().call('unit/status')
  assert.equal(error?.code, ERRORS.INTERNAL.code)
  assert.doesNotMatch(error?.message ?? '', /inner/)
  assert.match(String(s.lines.at(-1)?.err), /inner/)
})

test('verbs never interleave, whoever asks', async () => {
  await using s = await withUsers()
  let running = 0
  let most = 0
  s.machine.answers.set('systemctl show', async () => {
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running--
    return ''
  })
  const clients = [s.client(0), s.client(1000), s.client(0)]
  const answers = await Promise.all(clients.map((client) => client.call('unit/status')))
  assert.deepEqual(
    answers.map(({ result }) => result),
    Array(3).fill({ units: [] }),
  )
  assert.deepEqual([most, s.machine.lines('systemctl show').length], [1, 3])
})

test('one user can not keep the others waiting', async () => {
  await using s = await withUsers()
  const { promise, resolve } = Promise.withResolvers<string>()
  s.machine.answers.set('systemctl show', () => promise)
  const owner = s.client(1000)
  for (let id = 0; id < 9; id++) owner.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'unit/status' }))
  assert.deepEqual(await owner.next().then((answer) => [answer?.id, answer?.error?.code]), [
    8,
    ERRORS.RATE_LIMITED.code,
  ])
  const alice = s.client(1001).call('hostname/get')
  resolve('')
  assert.equal((await alice).result.name, 'box')
})

test('what was asked for is finished and answered before the helper ends', async () => {
  const s = await withUsers()
  const { promise, resolve } = Promise.withResolvers<string>()
  s.machine.answers.set('systemctl show', () => promise)
  const client = s.client()
  const answer = client.call('unit/status')
  const started = Promise.withResolvers<void>()
  s.machine.answers.set('systemctl show', () => {
    started.resolve()
    return promise
  })
  await started.promise
  const stopped = s.helper.stop()
  resolve('')
  assert.deepEqual((await answer).result, { units: [] })
  await stopped
  assert.equal(await client.next(), undefined)
  s.machine[Symbol.dispose]()
})

test('it is idle once no client has been connected for a while, and not before', async () => {
  let idle = Promise.withResolvers<void>()
  let times = 0
  await using s = await withUsers({
    idleMs: 1,
    onIdle: () => {
      times++
      idle.resolve()
    },
  })
  await idle.promise
  idle = Promise.withResolvers<void>()
  const client = s.client()
  for (let i = 0; i < 50; i++) await client.call('hostname/get')
  assert.equal(times, 1)
  client.end()
  await idle.promise
  assert.equal(times, 2)
})

test('a connection that asks nothing is ended, so that it does not keep the helper running', async () => {
  const idle = Promise.withResolvers<void>()
  await using s = await withUsers({ idleMs: 1, silentMs: 1, onIdle: () => idle.resolve() })
  assert.equal(await s.client().next(), undefined)
  await idle.promise
})

test('one user can not take all connections', async () => {
  await using s = await withUsers()
  const many = Array.from({ length: 9 }, () => s.client(1001))
  const answers = await Promise.all(many.map((client) => client.call('hostname/get').catch(() => undefined)))
  assert.deepEqual([answers.filter(Boolean).length, answers.at(-1)], [8, undefined])
  assert.equal((await s.client(1000).call('hostname/get')).result.name, 'box')
})

test('a connection whose peer can not be known is closed', async () => {
  await using s = await withUsers({
    uidOf: () => {
      throw new Error('no peer')
    },
  })
  assert.equal(await s.client().next(), undefined)
  assert.match(String(s.lines.at(-1)?.err), /no peer/)
})

test('what is asked for again and again is in the log once, and each refusal and change is', async () => {
  await using s = await withUsers()
  s.lines.length = 0
  const root = s.client(0)
  for (let i = 0; i < 5; i++) {
    await root.call('user/list')
    await root.call('ssh-key/list', { name: 'alice' })
    await root.call('ssh-key/list', { name: 'nobody-here' })
    await root.call('user/quota', { name: 'alice', bytes: null })
  }
  const count = (verb: string, name?: string) =>
    s.lines.filter((line) => line.verb === verb && (line.params as { name?: string }).name === name).length
  assert.equal(count('user/list'), 1)
  assert.equal(count('ssh-key/list', 'alice'), 1)
  assert.equal(count('ssh-key/list', 'nobody-here'), 5)
  assert.equal(count('user/quota', 'alice'), 5)
})
