import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connect } from '../client/connect.ts'
import type { Connection } from '../client/connection.ts'
import { mountSmall } from '../host/testing/mount.ts'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'
import type { BackgroundRun } from '../protocol/define.ts'
import { Background } from './background.ts'
import { harness } from './harness.ts'
import { Activator } from './testing/activator.ts'
import { FakeClock } from './testing/fake-clock.ts'
import { until } from './testing/until.ts'
import { notedIn, WORKING_FOLDER, workingServer } from './testing/working-server.ts'

const MAIN = fileURLToPath(new URL('testing/working-main.ts', import.meta.url))
const MINUTE = 60_000

/** The working server, as a process that is started when a client connects. */
async function start(env: Record<string, string> = {}) {
  const folder = temporaryDirectory()
  const state = join(folder.path, 'state')
  mkdirSync(state)
  const socket = join(folder.path, 's')
  const activator = new Activator(
    socket,
    { [WORKING_FOLDER]: folder.path, STATE_DIRECTORY: state, ...env },
    MAIN,
  )
  await activator.ready()
  return {
    activator,
    noted: () => notedIn(folder.path),
    enough: () => writeFileSync(join(folder.path, 'enough'), ''),
    kept: () => JSON.parse(readFileSync(join(state, 'background.json'), 'utf8')),
    connect: () => connect(socket, { clientInfo: { name: 'test', version: '1' } }),
    /** Starts a work and goes. */
    async begin(work: string) {
      const connection = await this.connect()
      await call(connection, 'start', { work })
      connection.close()
    },
    async [Symbol.asyncDispose]() {
      await activator[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

const call = (connection: Connection, name: string, args: object = {}) =>
  connection.request('tools/call', { name, arguments: args })

test('work goes on when no client is connected, keeps the process, and lets it go when it is done', async () => {
  await using it = await start({ LLMBDO_IDLE_SECONDS: '0.05' })
  await it.begin('index')
  await until('it began', () => it.noted().includes('index began'))
  // Another process, which has no work, ends meanwhile: so long no client was connected.
  await using other = await start({ LLMBDO_IDLE_SECONDS: '0.2' })
  const brief = await other.connect()
  await call(brief, 'wait', { ms: 1 })
  brief.close()
  await until('the other ended', () => other.activator.ended.length === 1)
  assert.deepEqual(it.activator.ended, [])
  assert.equal(it.kept().index.state, 'running')
  it.enough()
  await until('the process ended', () => it.activator.ended.length === 1)
  assert.deepEqual(it.activator.ended, [0])
  assert.deepEqual(it.noted(), ['index began', 'index is done', 'closed'])
  assert.equal(it.kept().index.state, 'done')
})

test('told to stop, the process tells its work first, waits for it, and closes after it', async () => {
  await using it = await start()
  await it.begin('index')
  await until('it began', () => it.noted().includes('index began'))
  it.activator.signal('SIGTERM')
  await until('the process ended', () => it.activator.ended.length === 1)
  assert.deepEqual(it.activator.ended, [0])
  assert.deepEqual(it.noted(), ['index began', 'index was told', 'index kept how far it came', 'closed'])
  assert.equal(it.kept().index.state, 'stopped')
})

test('work is asked to stop before calls have ended, and has as long as they have', async () => {
  await using it = await start()
  const connection = await it.connect()
  await call(connection, 'start', { work: 'index' })
  const waiting = call(connection, 'wait', { ms: 300 })
  await until('both began', () => it.noted().includes('index began') && it.noted().includes('call began'))
  it.activator.signal('SIGTERM')
  await waiting
  await until('the process ended', () => it.activator.ended.length === 1)
  const order = ['index was told', 'call ended', 'closed'].map((what) => it.noted().indexOf(what))
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
    it.noted().join(),
  )
})

test('work that ignores the request to stop delays the end for the grace period alone', async () => {
  await using it = await start({ SAMPLE_GRACE_MS: '100' })
  await it.begin('deaf')
  await until('it began', () => it.noted().includes('deaf began'))
  it.activator.signal('SIGTERM')
  await until('the process ended', () => it.activator.ended.length === 1)
  assert.deepEqual(it.activator.ended, [0])
  assert.match(it.activator.said, /"work":"deaf".*did not stop/)
})

test('a failure is logged, and ends neither the process nor its calls', async () => {
  await using it = await start()
  const connection = await it.connect()
  await call(connection, 'start', { work: 'failing' })
  await until('it was logged', () => /"level":"error".*no more room.*failed/.test(it.activator.said))
  await call(connection, 'wait', { ms: 1 })
  const { state, failures } = it.kept().failing
  assert.deepEqual([state, failures], ['failed', 1])
  connection.close()
})

test('what was killed is known as not done to the next process', async () => {
  await using it = await start()
  await it.begin('index')
  await until('it began', () => it.noted().includes('index began'))
  it.activator.signal('SIGKILL')
  await until('the process ended', () => it.activator.ended.length === 1)
  assert.equal(it.kept().index.state, 'running')
  it.enough()
  await it.begin('index')
  await until('it is done', () => it.noted().includes('index is done'))
})

test('a work that there is not is refused', async () => {
  const { server, validators } = workingServer()
  using folder = temporaryDirectory()
  await using running = await harness(server, validators, { env: { [WORKING_FOLDER]: folder.path } })
  await assert.rejects(call(running.connection, 'start', { work: 'toString' }))
  assert.match(
    JSON.stringify(running.logged.map(({ fields }) => `${fields.err}`)),
    /no work that working does/,
  )
})

test('work pauses for calls, and two starts of it are one', async () => {
  const { server, validators } = workingServer()
  using folder = temporaryDirectory()
  await using running = await harness(server, validators, { env: { [WORKING_FOLDER]: folder.path } })
  const { connection } = running
  await Promise.all([1, 2, 3].map(() => call(connection, 'start', { work: 'index' })))
  const waiting = call(connection, 'wait', { ms: 200 })
  await call(connection, 'start', { work: 'index' })
  writeFileSync(join(folder.path, 'enough'), '')
  await waiting
  await until('it is done', () => notedIn(folder.path).includes('index is done'))
  assert.deepEqual(notedIn(folder.path), ['index began', 'call began', 'call ended', 'index is done'])
})

/** Works that a test drives, on a clock that it moves, with a wake list that it looks at. */
function setUp(folder?: string, clock = new FakeClock('2026-11-28T12:00:00Z')) {
  const runs: { run: BackgroundRun; end: PromiseWithResolvers<void> }[] = []
  const entries = new Map<string, number>()
  const logged: string[] = []
  const log = (_: object, text: string) => void logged.push(text)
  const background = new Background({
    server: 'sample',
    clock,
    folder,
    log: { info: log, warn: log, error: log },
    works: {
      index: {
        run(run) {
          const end = Promise.withResolvers<void>()
          run.signal.addEventListener('abort', () => end.reject(run.signal.reason))
          runs.push({ run, end })
          return end.promise
        },
      },
      deaf: { atMostMinutes: 1, run: () => new Promise(() => {}) },
    },
  })
  background.open(undefined)
  const wake = {
    at: async (key: string, time: number) => void entries.set(key, (time - clock.wall()) / MINUTE),
    cancel: async (key: string) => entries.delete(key),
  }
  const turns = async () => {
    for (let n = 0; n < 20; n++) await Promise.resolve()
  }
  return { background, clock, runs, entries, logged, wake, turns }
}

const ENTRY = 'background:index'

test('what a call starts has an entry in the wake list until it is done', async () => {
  const { background, runs, entries, wake, turns } = setUp()
  await background.start('index', wake)
  assert.deepEqual([...entries], [[ENTRY, 5]])
  await turns()
  runs[0]?.end.resolve()
  await turns()
  assert.deepEqual([...entries], [])
  assert.deepEqual(background.works, [])
})

test('its time comes: what runs is looked at again, what is done is left, what was stopped begins again', async () => {
  const { background, clock, runs, entries, wake, turns } = setUp()
  await background.start('index', wake)
  await turns()
  clock.advance(5 * MINUTE)
  entries.clear()
  await background.woken('index', wake)
  assert.deepEqual([...entries], [[ENTRY, 5]])
  clock.advance(25 * MINUTE)
  await turns()
  assert.equal(runs[0]?.run.signal.reason.name, 'TimeoutError')
  assert.deepEqual(background.works, [])
  await background.woken('index', wake)
  await turns()
  assert.equal(runs.length, 2)
  runs[1]?.end.resolve()
  await turns()
  entries.clear()
  await background.woken('index', wake)
  await turns()
  assert.deepEqual([runs.length, [...entries]], [2, []])
})

test('what fails is tried again after 1, 5 and 30 minutes, and then given up until it is started again', async () => {
  const { background, clock, runs, entries, wake, turns } = setUp()
  await background.start('index', wake)
  const fail = async () => {
    await turns()
    runs.at(-1)?.end.reject(new Error('no more room'))
    await turns()
    entries.clear()
  }
  for (const pause of [1, 5, 30]) {
    await fail()
    await background.woken('index', wake)
    assert.deepEqual([...entries], [[ENTRY, pause]])
    clock.advance(pause * MINUTE)
    await background.woken('index', wake)
  }
  await fail()
  assert.equal(runs.length, 4)
  await assert.rejects(background.woken('index', wake), /failed 4 times in a row/)
  assert.deepEqual([...entries], [])
  await background.start('index', wake)
  await turns()
  assert.equal(runs.length, 5)
})

test('a process that ended while it ran counts as a failure of the work, which another process goes on with', async () => {
  using folder = temporaryDirectory()
  const first = setUp(folder.path)
  await first.background.start('index', first.wake)
  await first.turns()
  const next = setUp(folder.path, first.clock)
  await next.background.woken('index', next.wake)
  assert.deepEqual([next.runs.length, [...next.entries]], [0, [[ENTRY, 1]]])
  next.clock.advance(MINUTE)
  await next.background.woken('index', next.wake)
  await next.turns()
  assert.equal(next.runs.length, 1)
})

test('a clock that was a year ahead when it failed does not hold it up for a year', async () => {
  const { background, clock, runs, wake, turns } = setUp()
  clock.set('2027-11-28T12:00:00Z')
  await background.start('index', wake)
  await turns()
  runs[0]?.end.reject(new Error('no more room'))
  await turns()
  clock.set('2026-11-28T12:00:00Z')
  await background.woken('index', wake)
  await turns()
  assert.equal(runs.length, 2)
})

for (const [what, text] of [
  ['damaged', '{"index": {'],
  ['of another shape', '{"index": {"state": "done"}}'],
  ['none of JSON objects', '7'],
  ['lost', undefined],
] as const)
  test(`where what was kept of it is ${what}, the work begins again`, async () => {
    using folder = temporaryDirectory()
    if (text !== undefined) writeFileSync(join(folder.path, 'background.json'), text)
    const { background, runs, wake, turns } = setUp(folder.path)
    await background.woken('index', wake)
    await turns()
    assert.equal(runs.length, 1)
  })

test('where it can not be kept, that is logged, and the work goes on', async () => {
  const { background, runs, logged, wake, turns } = setUp('/proc/1')
  await background.start('index', wake)
  await turns()
  assert.equal(runs.length, 1)
  assert.match(logged.join(), /could not be kept/)
})

test('on a full disk it can not be kept either, and the work goes on', async (t) => {
  using folder = temporaryDirectory()
  using disk = mountSmall(folder.path)
  if (!disk) return t.skip('a file system of its own needs root')
  const full = join(folder.path, 'full')
  assert.throws(() => writeFileSync(full, Buffer.alloc(1024 * 1024)), { code: 'ENOSPC' })
  const { background, runs, logged, wake, turns } = setUp(folder.path)
  await background.start('index', wake)
  await turns()
  assert.equal(runs.length, 1)
  assert.match(logged.join(), /could not be kept/)
  assert.deepEqual(readdirSync(folder.path), ['full'])
})

test('a wake list that does not take its entry is logged, and the work goes on', async () => {
  const { background, runs, logged, turns } = setUp()
  await background.start('index', { at: () => Promise.reject(new Error('too many')), cancel: async () => {} })
  await turns()
  assert.equal(runs.length, 1)
  assert.match(logged.join(), /will not be resumed/)
})

test('work that ignores that its time is over keeps the process no longer, and is not begun beside itself', async () => {
  const { background, clock, logged, entries, wake, turns } = setUp()
  await background.start('deaf', wake)
  await turns()
  clock.advance(MINUTE)
  await turns()
  assert.equal(background.works.length, 1)
  clock.advance(MINUTE)
  await turns()
  assert.deepEqual(background.works, [])
  assert.match(logged.join(), /keeps this process no longer/)
  entries.clear()
  await background.woken('deaf', wake)
  assert.deepEqual([...entries.keys()], ['background:deaf'])
})

test('after the request to stop nothing begins, and what is started is resumed later', async () => {
  const { background, runs, entries, wake, turns } = setUp()
  background.stop()
  await background.start('index', wake)
  await turns()
  assert.deepEqual([runs.length, [...entries.keys()]], [0, [ENTRY]])
})

test('progress is reported from time to time, and what is no number is ignored', async () => {
  const { background, clock, runs, turns } = setUp()
  const told: string[] = []
  background.onWork(() => told.push(JSON.stringify(background.works.map(({ done, total }) => [done, total]))))
  await background.start('index')
  await turns()
  const progress = runs[0]?.run.progress ?? assert.fail()
  progress(1, 10)
  progress(Number.NaN)
  progress(-1)
  clock.advance(5000)
  progress(2, 10)
  progress(3)
  assert.deepEqual(told, ['[[null,null]]', '[[2,10]]'])
})

test('a call that never ends does not hold work up for ever', async (t) => {
  const { background, runs, turns } = setUp()
  await background.start('index')
  await turns()
  t.mock.timers.enable({ apis: ['setTimeout'] })
  background.calls.started()
  const turn = runs[0]?.run.turn() ?? assert.fail()
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  t.mock.timers.tick(30_000)
  await turn
})

for (const name of ['', 'Index', '7', 'a b', 'x'.repeat(33), 'a;b'])
  test(`${JSON.stringify(name)} is refused as the name of a work`, () => {
    const { server } = workingServer()
    const works = { [name]: { run: async () => {} } }
    return assert.rejects(
      harness({ ...server, background: works }, workingServer().validators),
      /can't be the name of work/,
    )
  })
