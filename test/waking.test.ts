/** Servers that wake themselves, and tell each other events, behind the real gateway. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Appliance, until } from './support/appliance.ts'
import { type AnyClient, connectCurrent } from './support/official-clients.ts'
import { processes } from './support/processes.ts'
import { have, noted, startWaking } from './support/waking-appliance.ts'

let folder: string
let a: Appliance
let client: AnyClient
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waking-'))
  a = await startWaking(folder, { state: join(folder, 's') })
  client = await connectCurrent({ url: a.url, token: a.token })
})
after(async () => {
  await client?.close()
  await a?.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Told {
  content: { text: string }[]
  isError?: boolean
}
const call = async (name: string, args: Record<string, unknown> = {}, by = client): Promise<Told> =>
  (await by.callTool({ name, arguments: args })) as Told
async function told(name: string, args: Record<string, unknown> = {}, by = client) {
  const result = await call(name, args, by)
  assert.equal(result.isError, undefined, result.content[0]?.text)
  return JSON.parse(result.content[0]?.text ?? '')
}
const refusal = async (name: string, args: Record<string, unknown>, by = client): Promise<string> => {
  try {
    const result = await call(name, args, by)
    assert.equal(result.isError, true, result.content[0]?.text)
    return result.content[0]?.text ?? ''
  } catch (error) {
    return (error as Error).message
  }
}
const woken = (key: string) => noted(folder).filter((one) => one.key === key)
const heard = () => noted(folder).flatMap((one) => one.heard ?? [])
const scheduled = async () => JSON.parse((await a.luca(['schedule', 'list', '--json'])).stdout).entries

test('a server is woken at its time, and is not again', async () => {
  const time = Date.now() + 1000
  await told('clock_at', { key: 'once', time })
  const one = await until('it is woken', () => woken('once')[0])
  assert.deepEqual([one.due, one.late, one.tries], [time, false, 0])
  assert.ok(one.at >= time)
  await until('it is forgotten', async () => (await told('clock_entries')).length === 0)
  assert.equal(woken('once').length, 1)
})

test('what is long past is done at once, and late; in there it calls others and registers what comes next', async () => {
  await told('clock_at', { key: 'ask', time: 0 })
  await told('clock_at', { key: 'again', time: Date.now() })
  const asked = await until('it asked', () => woken('ask')[0])
  assert.deepEqual([asked.late, asked.asked], [true, true])
  await until('it came again', () => woken('then').length > 0)
})

test('while no call runs, a server has the time of an entry come, and of no other', async () => {
  const far = Date.now() + 3_600_000
  for (const key of ['far', 'farther']) await told('clock_at', { key, time: far })
  await told('clock_soon', { key: 'none' })
  await told('clock_soon', { key: 'far' })
  const one = await until('it is woken', () => woken('far')[0])
  assert.deepEqual([one.late, one.tries, (one.due ?? far) < far], [false, 0, true])
  await until('it is done', async () => (await told('clock_entries')).length === 1)
  assert.equal((await told('clock_entries'))[0].key, 'farther')
  await told('clock_cancel', { key: 'farther' })
  assert.deepEqual([woken('far').length, woken('none').length], [1, 0])
})

test('entries are replaced and cancelled by their keys', async () => {
  const [soon, later] = [Date.now() + 60_000, Date.now() + 120_000]
  await told('clock_at', { key: 'k', time: soon })
  assert.deepEqual(await told('clock_entries'), [{ key: 'k', next: soon, tries: 0 }])
  await told('clock_at', { key: 'k', time: later })
  await told('clock_every', { key: 'r', rule: { cron: '0 7 * * MON-FRI', zone: 'Europe/Paris' } })
  const entries = await told('clock_entries')
  assert.deepEqual(
    entries.map(({ key, next }: { key: string; next: number }) => [key, key === 'k' ? next : 'then']),
    entries[0].key === 'k'
      ? [
          ['k', later],
          ['r', 'then'],
        ]
      : [
          ['r', 'then'],
          ['k', later],
        ],
  )
  assert.equal(await told('clock_cancel', { key: 'k' }), true)
  assert.equal(await told('clock_cancel', { key: 'k' }), false)
  assert.equal(await told('clock_cancel', { key: 'r' }), true)
})

test('what is no entry is refused, and says why', async () => {
  const at = (args: object) => refusal('clock_at', { key: 'k', time: 0, ...args })
  assert.match(await at({ key: '' }), /key of an entry is a text of 1 to 200/)
  assert.match(await at({ key: 'x'.repeat(201) }), /key of an entry/)
  assert.match(await at({ key: 'a\nb' }), /key of an entry/)
  assert.match(await at({ time: 1e300 }), /must be a time/)
  assert.match(await refusal('clock_every', { key: 'k', rule: { minutes: 0 } }), /whole number from 1/)
  assert.match(await refusal('clock_every', { key: 'k', rule: { cron: '* * * * * *' } }), /five fields/)
  assert.match(await refusal('clock_every', { key: 'k', rule: null }), /A rule is/)
  assert.match(await refusal('ear_wake', { key: 'k' }), /"ear" can't be woken: its definition has no "woken"/)
})

test('no client can wake a server, or give it events', async () => {
  for (const method of ['server/woken', 'server/heard', 'gateway/wake.at']) {
    const { stdout, stderr } = await a.luca([
      'call',
      method,
      '{"key":"forged","due":0,"late":false,"tries":0}',
    ])
    assert.match(stdout + stderr, /no (method|tool)|Unknown|not accessible/i)
  }
  assert.deepEqual(woken('forged'), [])
})

test('an event reaches who hears it, and only what the definitions name', async () => {
  assert.match(
    await refusal('ear_hear', { name: 'mail.new' }),
    /"mail.new" is not among the "hears" .*clock.struck/,
  )
  assert.match(await refusal('clock_tell', { name: 'mail.new' }), /not among the "events"/)
  assert.match(
    await refusal('clock_tell', { name: 'clock.struck', data: { text: 'x'.repeat(300) } }),
    /never content/,
  )
  await told('ear_hear', { name: 'clock.struck' })
  await told('clock_tell', { name: 'clock.struck', data: { hour: 7 } })
  await until('it heard', () => heard().length > 0)
  assert.deepEqual(heard(), [{ hour: 7 }])
  const [hearer] = (await scheduled()).filter(({ event }: { event?: string }) => event)
  assert.deepEqual([hearer.server, hearer.event, hearer.waiting], ['ear', 'clock.struck', 0])
})

test('a token that may not hear an event is refused, and hears none', async () => {
  const { stdout } = await a.luca(['token', 'create', 'narrow', '--tools', 'ear_*', '--json'])
  const narrow = await connectCurrent({ url: a.url, token: JSON.parse(stdout).token })
  assert.match(await refusal('ear_hear', { name: 'clock.struck' }, narrow), /may not hear .{1,2}clock.struck/)
  await narrow.close()
})

test('entries end with their token, and luca says so; it removes what it shows', async () => {
  const { stdout } = await a.luca(['token', 'create', 'short', '--json'])
  const short = await connectCurrent({ url: a.url, token: JSON.parse(stdout).token })
  await told('clock_at', { key: 'mine', time: Date.now() + 600_000 }, short)
  const found = async () => (await scheduled()).find(({ key }: { key?: string }) => key === 'mine')
  assert.equal((await found()).onBehalfOf, 'short')
  await a.luca(['token', 'revoke', 'short'])
  const ended = await until('it has ended', async () => {
    const one = await found()
    return one.hasEnded && one
  })
  assert.match(ended.problem, /token .* was revoked/)
  const shown = await a.luca(['schedule', 'list'])
  assert.match(shown.stdout, /mine +once +ended/)
  assert.match((await a.luca(['doctor'])).stdout, /schedule.*1 of \d+ entries/)
  const removed = await a.luca(['schedule', 'remove', ended.id])
  assert.equal(removed.stdout, 'removed mine of clock\n')
  assert.equal(await found(), undefined)
  const none = await a.luca(['schedule', 'remove', ended.id])
  assert.equal(none.code, 1)
  assert.match(none.stderr, /luca schedule list/)
  await short.close().catch(() => {})
})

test('a server that fails is shown with why, and when it is tried again', async () => {
  const mend = have(folder, 'fail')
  await told('clock_at', { key: 'failing', time: Date.now() })
  const one = await until('it failed', async () =>
    (await scheduled()).find(
      ({ key, tries }: { key?: string; tries: number }) => key === 'failing' && tries > 0,
    ),
  )
  mend()
  assert.equal(one.hasEnded, false)
  assert.ok(one.next > Date.now() && one.next <= Date.now() + 60_000)
  await told('clock_cancel', { key: 'failing' })
})

/** The process that runs this program here: its environment names the folder of this test. */
const pidOf = (program: string): Promise<number> =>
  until(`${program} runs`, () =>
    processes(program).find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder)
      } catch {
        return false
      }
    }),
  )

for (const [who, program] of [
  ['gateway', 'gateway.mjs'],
  ['server', 'waking-server/main.ts clock'],
] as const)
  test(`an entry and an event are taken although the ${who} is killed between the time and the answer`, async () => {
    await client.close()
    client = await connectCurrent({ url: a.url, token: a.token })
    await told('ear_hear', { name: 'clock.struck' })
    const key = `killed ${who}`
    const goOn = have(folder, 'hang')
    await told('clock_at', { key, time: Date.now() })
    if (who === 'gateway') await told('clock_tell', { name: 'clock.struck', data: { killed: true } })
    await until('it is being worked on', () => woken(key).length === 1)
    process.kill(await pidOf(program), 'SIGKILL')
    goOn()
    if (who === 'gateway') {
      await until('it is woken anew', () => woken(key).length === 2)
      await until('it hears anew', () => heard().filter(({ killed }) => killed).length >= 2)
    } else {
      const one = await until('it is tried again', async () =>
        (await scheduled()).find(
          (each: { key?: string; tries: number }) => each.key === key && each.tries > 0,
        ),
      )
      assert.match(one.problem, /not known whether the call took effect/)
    }
  })

test('what fell due while nothing ran is done once, at once, and late', async () => {
  await client.close().catch(() => {})
  client = await connectCurrent({ url: a.url, token: a.token })
  await told('clock_at', { key: 'off', time: Date.now() + 1500 })
  await client.close()
  process.kill(a.process.pid as number, 'SIGTERM')
  await until('it has stopped', () => a.process.exitCode !== null)
  a = await startWaking(folder, { state: join(folder, 's') })
  client = await connectCurrent({ url: a.url, token: a.token })
  await until('it is woken', () => woken('off').length > 0)
  assert.equal(woken('off').length, 1)
})
