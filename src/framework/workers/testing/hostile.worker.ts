/** Jobs that a parser could become with hostile input. */
import { readdirSync, readlinkSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import { ToolError } from '../../../protocol/define.ts'
import { runJobs } from '../run-jobs.ts'

/** What throws when it is looked at, in any way. */
const UNREADABLE = new Proxy(
  {},
  Object.fromEntries(
    Object.getOwnPropertyNames(Reflect).map((trap) => [
      trap,
      () => {
        throw new Error(trap)
      },
    ]),
  ),
)

const oddities: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  text: () => 'plain text',
  symbol: () => Symbol('odd'),
  'big number': () => 10n ** 30n,
  function: () => () => 'x',
  proxy: () => UNREADABLE,
  'proxy of an error': () => new Proxy(new Error('x'), UNREADABLE),
  'object whose toString throws': () => ({
    toString() {
      throw new Error('no')
    },
  }),
  'object without a prototype': () => Object.create(null),
  'error that can’t be copied': () => Object.assign(new Error('holds a function'), { held: () => {} }),
  'error whose message throws': () =>
    Object.defineProperty(new Error(), 'message', {
      get() {
        throw new Error('no')
      },
    }),
  'error with a message of another kind': () => Object.assign(new Error(), { message: { no: 'text' } }),
  'tool’s error that can’t be copied': () => new ToolError('refused', { structured: { held: () => {} } }),
  'long text': () => 'x'.repeat(10_000_000),
}

const jobs = {
  echo: (value: unknown) => value,
  length: (bytes: Uint8Array) => bytes.byteLength,
  bytes: (length: number) => ({ bytes: new Uint8Array(length).fill(1) }),
  process: () => ({ pid: process.pid, env: { ...process.env } }),
  descriptors: () =>
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)]
      } catch {
        return []
      }
    }),
  spin() {
    for (;;);
  },
  wait: () => new Promise(() => {}),
  fillHeap() {
    let all: object | undefined
    for (;;) all = { all }
  },
  growArray() {
    const all: unknown[] = []
    for (;;) all.push(all)
  },
  fillBuffers() {
    const all: Uint8Array[] = []
    for (;;) all.push(new Uint8Array(1024 * 1024).fill(1))
  },
  unpack: (packed: Uint8Array) => inflateRawSync(packed).length,
  refuse() {
    throw new ToolError('no such paragraph', { kind: 'not_found', structured: { at: 3 }, untrusted: 'file' })
  },
  throw(name: string) {
    throw oddities[name]?.()
  },
  reject: (name: string) => Promise.reject(oddities[name]?.()),
  giveFunction: () => () => 'x',
  giveUnreadable: () => [UNREADABLE],
  exit: () => process.exit(7),
  abort: () => process.abort(),
  throwLater() {
    setTimeout(() => {
      throw undefined
    })
    return new Promise(() => {})
  },
  /** Is answered, and throws after it. */
  leaveBehind() {
    setTimeout(() => {
      throw new Error('left behind')
    }, 100)
    return 'left'
  },
  slowly: (value: unknown) => new Promise((resolve) => setTimeout(resolve, 300, value)),
}

export type HostileJobs = typeof jobs
runJobs(jobs)
