/** The same for both drivers: what a job does, and what becomes of the others. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { ToolError } from '../../protocol/define.ts'
import type { Driver } from './driver.ts'
import type { PoolLimits } from './limits.ts'
import { WorkerPool } from './pool.ts'
import { processes } from './processes.ts'
import { workerProgram } from './program.ts'
import type { HostileJobs } from './testing/hostile.worker.ts'
import { packedZeros } from './testing/packed-zeros.ts'
import { threads } from './threads.ts'

const PROGRAM = new URL('./testing/hostile.worker.ts', import.meta.url)
/** Of hostile.worker.ts, which is not to run here. */
const ODDITIES = [
  ['undefined', /failed: undefined$/],
  ['null', /failed: null$/],
  ['text', /failed: the text "plain text"$/],
  ['symbol', /failed: a symbol$/],
  ['big number', /failed: 1000000000000000000000000000000$/],
  ['function', /failed: a function$/],
  ['proxy', /failed: something that can’t be read$/],
  ['proxy of an error', /failed: something that can’t be read$/],
  ['object whose toString throws', /failed: an object that is no error$/],
  ['object without a prototype', /failed: an object that is no error$/],
  ['error that can’t be copied', /failed: Error: holds a function$/],
  ['error whose message throws', /failed: something that can’t be read$/],
  ['error with a message of another kind', /failed: Error: \[object Object\]$/],
  ['long text', /failed: the text "x{2000}"$/],
] as const

const owner = (caller?: string, signal = new AbortController().signal) => ({ caller, signal })

for (const [kind, driver] of Object.entries({ threads, processes }))
  describe(kind, () => {
    const open: WorkerPool<HostileJobs>[] = []
    const poolOf = (limits: Partial<PoolLimits> = {}, of: Driver = driver) => {
      const pool = new WorkerPool<HostileJobs>(PROGRAM, { driver: of, work: 'The work on this file', limits })
      open.push(pool)
      return pool
    }
    const pool = poolOf()
    after(() => Promise.all(open.map((one) => one.close())))
    const works = async (of = pool) => assert.equal(await of.run(owner(), 'echo', ['works']), 'works')
    /** Fails with a ToolError that says this, and the next job is done. */
    async function stopped(
      run: (of: WorkerPool<HostileJobs>) => Promise<unknown>,
      says: RegExp,
      limits = {},
    ) {
      const of = poolOf(limits)
      await assert.rejects(run(of), (error) => error instanceof ToolError && says.test(error.message))
      await works(of)
    }

    test('a job gives its result, copied as it is', async () => {
      const value = { text: 'a', list: [1, null], bytes: new Uint8Array([1, 2]), map: new Map([[1, 2n]]) }
      assert.deepEqual(await pool.run(owner(), 'echo', [value]), value)
      assert.equal(await pool.run(owner(), 'echo', [undefined]), undefined)
    })

    test('a call is an owner as it is, whose properties are those of its class', async () => {
      class Call {
        get signal() {
          return new AbortController().signal
        }
        get caller() {
          return 'a'
        }
      }
      assert.equal(await pool.run(new Call(), 'echo', [1]), 1)
    })

    test('bytes come and go whole, parts of larger buffers too', async () => {
      const bytes = Buffer.alloc(1000, 1)
      assert.equal(await pool.run(owner(), 'length', [bytes.subarray(10, 20)], [bytes.subarray(10, 20)]), 10)
      assert.equal(bytes.length, 1000)
      const large = new Uint8Array(5_000_000)
      assert.equal(await pool.run(owner(), 'length', [large], [large]), 5_000_000)
      // Where they can be moved they are, and never copied twice.
      assert.equal(large.length, driver.moves ? 0 : 5_000_000)
      assert.equal((await pool.run(owner(), 'bytes', [3_000_000])).bytes.length, 3_000_000)
    })

    test('a ToolError is the caller’s, with all that it says', async () => {
      await assert.rejects(pool.run(owner(), 'refuse', []), (error) => {
        assert.ok(error instanceof ToolError)
        const { message, kind, structured, untrusted } = error
        assert.deepEqual(
          { message, kind, structured, untrusted },
          { message: 'no such paragraph', kind: 'not_found', structured: { at: 3 }, untrusted: 'file' },
        )
        return true
      })
    })

    for (const [name, says] of ODDITIES)
      test(`thrown or rejected with, ${name} is a clear error, and the worker goes on`, async () => {
        await assert.rejects(pool.run(owner(), 'throw', [name]), says)
        await assert.rejects(pool.run(owner(), 'reject', [name]), says)
        await works()
      })

    test('what can’t be sent, either way, is a clear error, and the next job is done', async () => {
      await assert.rejects(pool.run(owner(), 'throw', ['tool’s error that can’t be copied']), /refused/)
      await assert.rejects(
        pool.run(owner(), 'giveFunction', []),
        /"giveFunction" failed: its result can’t be sent/,
      )
      await assert.rejects(pool.run(owner(), 'giveUnreadable', []), /its result can’t be sent/)
      await assert.rejects(pool.run(owner(), 'echo', [() => {}]), /could not be cloned|can’t be sent/)
      await works()
    })

    test('a job that there is not is an error', async () => {
      const any = pool as unknown as WorkerPool<Record<string, () => void>>
      for (const name of ['nothing', 'toString', '__proto__'])
        await assert.rejects(any.run(owner(), name, []), /There is no job/)
    })

    for (const job of ['spin', 'wait'] as const)
      test(`a job that never ends (${job}) is stopped by the name of its time`, () =>
        stopped(
          (of) => of.run(owner(), job, []),
          /took longer than 1 seconds and was stopped; nothing was changed\. Use a smaller/,
          {
            ms: 1000,
          },
        ))

    test('a job that fills its heap is stopped by the name of its memory', () =>
      stopped((of) => of.run(owner(), 'fillHeap', []), /took more than \d+ MB of memory and was stopped/, {
        heapMegabytes: 48,
      }))

    test('a job that fills memory with bytes is stopped by the name of that', () =>
      stopped(
        (of) => of.run(owner(), 'fillBuffers', []),
        /took more than \d+ MB of memory(?: for bytes)? and was stopped/,
        {
          heapMegabytes: 48,
          bufferMegabytes: 48,
        },
      ))

    test('1 GB that comes packed in 1 MB is stopped on its way', async () => {
      const packed = packedZeros(1024)
      assert.ok(packed.length < 1.1 * 1024 * 1024)
      await stopped((of) => of.run(owner(), 'unpack', [packed]), /took more than \d+ MB of memory/)
    })

    for (const job of ['exit', 'throwLater'] as const)
      test(`a worker that ends in the middle of its job (${job}) costs that job alone`, () =>
        stopped(
          (of) => of.run(owner(), job, []),
          /could not be done, since its worker .*; nothing was changed/,
        ))

    test('what a job leaves behind costs no other', async () => {
      const of = poolOf()
      for (let round = 0; round < 3; round++) {
        assert.equal(await of.run(owner(), 'leaveBehind', []), 'left')
        const value = await of.run(owner(), 'slowly', [round])
        assert.equal(value, round)
      }
    })

    test('a job ends with its call, also while it waits', async () => {
      const of = poolOf({ atOnce: 1 })
      const gone = new AbortController()
      const runs = of.run(owner('a', gone.signal), 'spin', [])
      const waits = of.run(owner('a', gone.signal), 'echo', [1])
      const settled = Promise.allSettled([runs, waits])
      setImmediate(() => gone.abort(new Error('gone')))
      for (const outcome of await settled)
        assert.equal(outcome.status === 'rejected' && outcome.reason.message, 'gone')
      await assert.rejects(of.run(owner('a', gone.signal), 'echo', [1]), /gone/)
      await works(of)
    })

    test('what only looks small has its turn after the others', async () => {
      const of = poolOf({ brief: { bytes: 1000, ms: 0, heapMegabytes: 32, bufferMegabytes: 32 } })
      const callers = ['a', 'b', 'c', 'd']
      const values = await Promise.all(callers.map((caller) => of.run(owner(caller), 'echo', [caller])))
      assert.deepEqual(values, callers)
    })

    test('more than may wait is refused by name, and the rest is done', async () => {
      const of = poolOf({
        atOnce: 1,
        waitingOfCaller: 2,
        waitingInAll: 3,
        brief: { bytes: -1, ms: 0, heapMegabytes: 0, bufferMegabytes: 0 },
      })
      const first = of.run(owner('a'), 'echo', [0])
      const [second, third, fourth] = [1, 2, 3].map((value) => of.run(owner('a'), 'echo', [value]))
      await assert.rejects(
        fourth as Promise<unknown>,
        /2 pieces of work of one caller may wait at the most.*try again/,
      )
      const other = of.run(owner('b'), 'echo', [4])
      await assert.rejects(of.run(owner('c'), 'echo', [5]), /3 pieces of work may wait at the most/)
      assert.deepEqual(await Promise.all([first, second, third, other]), [0, 1, 2, 4])
    })

    test('more bytes than may wait are refused by name', async () => {
      const of = poolOf({
        atOnce: 1,
        waitingBytesOfCaller: 2 * 1024 * 1024,
        brief: { bytes: -1, ms: 0, heapMegabytes: 0, bufferMegabytes: 0 },
      })
      const first = of.run(owner(), 'length', [new Uint8Array(3_000_000)])
      await assert.rejects(
        of.run(owner(), 'length', [new Uint8Array(3_000_000)]),
        /2 MB of one caller may wait/,
      )
      assert.equal(await first, 3_000_000)
    })

    test('a worker that is not needed any more goes', async () => {
      const of = poolOf({ idleMs: 1 })
      const { pid } = await of.run(owner(), 'process', [])
      if (driver === threads) return assert.equal(pid, process.pid)
      while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 5))
    })

    test('closed, a pool ends what runs and refuses what waits or comes', async () => {
      const of = poolOf({ atOnce: 1 })
      const runs = assert.rejects(of.run(owner('a'), 'spin', []), /The server is stopping/)
      const waits = assert.rejects(of.run(owner('a'), 'echo', [1]), /The server is stopping/)
      await new Promise((resolve) => setImmediate(resolve))
      await of.close()
      await Promise.all([runs, waits])
      await assert.rejects(of.run(owner(), 'echo', [1]), /The server is stopping/)
    })

    test('a worker has none of the server’s variables', async () => {
      process.env.SECRET_OF_THE_SERVER = 'secret'
      const { env } = await poolOf().run(owner(), 'process', [])
      delete process.env.SECRET_OF_THE_SERVER
      assert.deepEqual(
        Object.keys(env).filter((name) => !/^(TZ|NODE_CHANNEL_\w+)$/.test(name)),
        [],
      )
    })
  })

test('a process that V8 or native code ends takes no more along than its job', async () => {
  const of = new WorkerPool<HostileJobs>(PROGRAM, { driver: processes, limits: { heapMegabytes: 64 } })
  await assert.rejects(of.run(owner(), 'growArray', []), /took more than \d+ MB of memory and was stopped/)
  await assert.rejects(of.run(owner(), 'abort', []), /its worker was ended by SIGABRT/)
  assert.equal(await of.run(owner(), 'echo', ['works']), 'works')
  await of.close()
})

test('closing keeps a process until its workers have ended', async () => {
  const script = `
    const { WorkerPool } = await import(${JSON.stringify(new URL('./pool.ts', import.meta.url))})
    const { processes } = await import(${JSON.stringify(new URL('./processes.ts', import.meta.url))})
    const pool = new WorkerPool(new URL(${JSON.stringify(PROGRAM)}), { driver: processes })
    await pool.run({ signal: new AbortController().signal }, 'echo', [1])
    await pool.close()
    console.log('closed')`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  assert.equal(stdout, 'closed\n')
})

test('a process has no descriptor of the server', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const of = new WorkerPool<HostileJobs>(PROGRAM, { driver: processes })
  const sockets = (await of.run(owner(), 'descriptors', [])).filter((target) => target.startsWith('socket:'))
  // The channel that its jobs come by, and what it writes as it dies.
  assert.equal(sockets.length, 2, sockets.join())
  await of.close()
  server.close()
})

test('a program that there is not is an error of the job', async () => {
  for (const driver of [threads, processes]) {
    const of = new WorkerPool<HostileJobs>(new URL('./none.worker.ts', import.meta.url), { driver })
    await assert.rejects(of.run(owner(), 'echo', [1]), /could not be done, since its worker/)
    await of.close()
  }
})

test('the program of a worker is beside what names it, from source and from a bundle', () => {
  assert.equal(
    workerProgram('./work/jobs.worker.ts', 'file:///p/src/servers/fs/files.ts').href,
    'file:///p/src/servers/fs/work/jobs.worker.ts',
  )
  assert.equal(
    workerProgram('./work/jobs.worker.ts', 'file:///p/fs.cjs').href,
    'file:///p/fs.jobs.worker.mjs',
  )
})
