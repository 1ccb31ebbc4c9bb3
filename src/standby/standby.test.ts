/** The program that `make native` builds, started with a socket as systemd starts it. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../framework/testing/until.ts'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'

const STANDBY = join(import.meta.dirname, '../../dist/standby')
const testing = (file: string) => join(import.meta.dirname, 'testing', file)
const ASLEEP = 'STATUS=asleep\nWATCHDOG_USEC=0'
const AWAKE = 'STATUS=awake\nWATCHDOG=1\nWATCHDOG_USEC=30000000'

function start(env: Record<string, string> = {}, ...args: string[]) {
  const folder = temporaryDirectory()
  const [socket, notify] = [join(folder.path, 's'), join(folder.path, 'n')]
  const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' })
  const command = [STANDBY, python.stdout.trim(), testing('program.py'), ...args]
  const manager = spawn('python3', [testing('manager.py'), socket, notify, ...command], {
    env: { ...process.env, WATCHDOG_USEC: '30000000', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const it = { pid: 0, told: [] as string[], ended: undefined as number | undefined, errors: '' }
  manager.stderr.on('data', (chunk) => {
    it.errors += chunk
  })
  createInterface({ input: manager.stdout }).on('line', (line) => {
    const [event, value = ''] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]
    if (event === 'pid') it.pid = Number(value)
    if (event === 'told') it.told.push(JSON.parse(value))
    if (event === 'ended') it.ended = Number(value)
  })
  return Object.assign(it, {
    ready: () => until('it is ready', () => it.told.length > 0),
    /** What the program says to a word, to its end; `then` is called when it has said the first. */
    async call(word: string, then?: (pid: number) => void): Promise<Record<string, unknown>> {
      const connection = connect(socket)
      connection.write(`${word}\n`)
      const lines: string[] = []
      const reading = createInterface({ input: connection }).on('line', (line) => {
        lines.push(line)
        if (lines.length === 1) then?.(JSON.parse(line).pid)
      })
      // The socket may end with standby.
      for (const emitter of [reading, connection]) emitter.on('error', () => {})
      await new Promise((resolve) => connection.on('close', resolve))
      return Object.assign({}, ...lines.map((line) => JSON.parse(line)))
    },
    async [Symbol.asyncDispose]() {
      if (it.ended === undefined && it.pid) process.kill(it.pid, 'SIGKILL')
      if (manager.exitCode === null) await once(manager, 'close')
      folder[Symbol.dispose]()
    },
  })
}

test('it is ready at once, runs the program when a client connects, and again for the next one', async () => {
  await using it = start()
  await it.ready()
  assert.deepEqual(it.told, [`READY=1\n${ASLEEP}`])
  const first = await it.call('end')
  const second = await it.call('end')
  await until('it waits again', () => it.told.length === 5)
  assert.deepEqual(it.told.slice(1), [AWAKE, ASLEEP, AWAKE, ASLEEP])
  assert.notEqual(first.pid, second.pid)
  assert.equal(it.ended, undefined)
})

test('connections that come while a program goes are all served', async () => {
  await using it = start()
  await it.ready()
  for (let round = 0; round < 8; round++) {
    assert.ok((await it.call('end')).pid)
    await delay(round) // a little later each time, to meet the program at every point of its end
  }
  const all = await Promise.all(Array.from({ length: 5 }, () => it.call('end')))
  assert.equal(new Set(all.map(({ pid }) => pid)).size, 5)
})

test('the program has the sockets and the watchdog for its own', async () => {
  await using it = start()
  await it.ready()
  const { pid, LISTEN_PID, LISTEN_FDS, WATCHDOG_PID, WATCHDOG_USEC } = await it.call('end')
  assert.deepEqual([LISTEN_PID, WATCHDOG_PID], [String(pid), String(pid)])
  assert.deepEqual([LISTEN_FDS, WATCHDOG_USEC], ['1', '30000000'])
})

test('it ends as a program does that fails or is killed', async () => {
  for (const [word, status, said] of [
    ['fail', 7, /^$/],
    ['die', -9, /was ended by signal 9/],
  ] as const) {
    await using it = start()
    await it.ready()
    await it.call(word)
    await until('it has ended', () => it.ended !== undefined)
    assert.equal(it.ended, status)
    assert.match(it.errors, said)
  }
})

test('a program that cannot start fails with its own status', async () => {
  await using it = start({}, 'fail at once')
  await it.ready()
  await it.call('end')
  await until('it has ended', () => it.ended !== undefined)
  assert.equal(it.ended, 5)
})

test('told to stop while it waits, it is gone', async () => {
  await using it = start()
  await it.ready()
  process.kill(it.pid, 'SIGTERM')
  await until('it has ended', () => it.ended !== undefined)
  assert.equal(it.ended, -15)
})

for (const [word, what, status] of [
  ['finish', 'it lets it finish', 0],
  ['stay', 'it ends as the program does, by that signal', -15],
] as const)
  test(`told to stop while the program runs, ${what}`, async () => {
    await using it = start()
    await it.ready()
    const { finished, pid } = await it.call(word, (pid) => {
      process.kill(it.pid, 'SIGTERM')
      process.kill(pid, 'SIGTERM')
    })
    assert.ok(pid)
    assert.equal(finished, word === 'finish' ? true : undefined)
    await until('it has ended', () => it.ended !== undefined)
    assert.equal(it.ended, status)
    assert.equal(it.errors, '')
  })

test('what a program leaves behind ends with it, in whatever session it is', async () => {
  await using it = start()
  await it.ready()
  const { left } = await it.call('leave a child')
  await until('it sleeps', () => it.told.at(-1) === ASLEEP)
  assert.ok(!existsSync(`/proc/${left}`))
})

test('a program that ends without accepting is not run as fast as can be', async () => {
  await using it = start({}, 'end at once')
  await it.ready()
  void it.call('end')
  await until('it has been run thrice', () => it.told.length >= 7)
  assert.equal(it.ended, undefined)
})

test('after its time without a call it ends well', async () => {
  await using it = start({ LLMBDO_STANDBY_SECONDS: '1' })
  await it.ready()
  await it.call('end')
  await until('it has ended', () => it.ended !== undefined)
  assert.equal(it.ended, 0)
})

test('what it is not meant for is refused, with a word on how it is', () => {
  const run = (args: string[], env: Record<string, string> = {}) => {
    const { status, stderr } = spawnSync(STANDBY, args, { env, encoding: 'utf8' })
    return `${status} ${stderr}`
  }
  assert.match(run([]), /^2 usage: standby PROGRAM/)
  assert.match(run(['node']), /^2 usage/)
  assert.match(run(['/bin/true']), /^2 standby: it inherited no socket/)
  for (const LISTEN_FDS of ['x', '-1', '65', '1 ', '99999999999999999999'])
    assert.match(
      run(['/bin/true'], { LISTEN_FDS }),
      /^2 standby: LISTEN_FDS is ".*"; it must be a whole number/,
    )
  assert.match(
    run(['/bin/true'], { LISTEN_FDS: '1', LLMBDO_STANDBY_SECONDS: 'soon' }),
    /^2 standby: LLMBDO_STANDBY_SECONDS is "soon"/,
  )
})
