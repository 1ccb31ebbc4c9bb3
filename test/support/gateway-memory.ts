/** What the gateway of an appliance takes of memory, and whether it still answers others. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { type Appliance, until } from './appliance.ts'
import { post } from './http.ts'
import { processes } from './processes.ts'

/** What the gateway stays below whatever callers do, in MB. */
export const MOST_MB = 400
/** Within how long others are answered, in milliseconds. */
const ANSWERED_WITHIN_MS = 1000

const statusOf = (pid: number, field: string): number => {
  const [, value] =
    new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(value)
}

export class GatewayMemory {
  readonly pid: number

  constructor(appliance: Appliance) {
    const found = processes('gateway.mjs').find((pid) => statusOf(pid, 'PPid') === appliance.process.pid)
    assert.ok(found, 'the gateway runs')
    this.pid = found
  }

  /** Resident memory, in MB. */
  get nowMb(): number {
    return (statusOf(this.pid, 'VmRSS') * 1024) / 1e6
  }

  /** The most that it had since `forget`. */
  get mostMb(): number {
    return (statusOf(this.pid, 'VmHWM') * 1024) / 1e6
  }

  forget(): void {
    writeFileSync(`/proc/${this.pid}/clear_refs`, '5')
  }
}

/** Fails unless `/health` and a call of another user are answered, each within a second. */
export async function answersOthers(a: Appliance, token: string): Promise<void> {
  const within = async <T>(what: Promise<T>): Promise<T | undefined> =>
    Promise.race([
      what,
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ANSWERED_WITHIN_MS).unref()),
    ])
  await until('/health is answered within a second', () =>
    within(fetch(`${a.origin}/health`).then((r) => r.text())),
  )
  const reply = await until('a call of another user is answered within a second', () =>
    within(post(a.url, token, 'tools/list')),
  )
  assert.ok(reply.json?.result, reply.text)
}
