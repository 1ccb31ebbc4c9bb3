/** What becomes of tokens where the gateway's database is damaged, and where the gateway is killed. */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { mountSmall } from '../src/host/testing/mount.ts'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { post } from './support/http.ts'
import { commandOf } from './support/processes.ts'

const DAMAGES: Record<string, (path: string) => void> = {
  garbage: (path) => writeFileSync(path, Buffer.alloc(8192, 0x5a)),
  'flipped bytes': (path) =>
    writeFileSync(
      path,
      readFileSync(path).map((byte, at) => (at > 5000 ? byte ^ 0xff : byte)),
    ),
  'a cut': (path) => truncateSync(path, 6000),
}

/** Kills the gateway and waits for the next one. */
async function killGateway({ process: { pid: up } }: Appliance): Promise<void> {
  const gateway = () =>
    readFileSync(`/proc/${up}/task/${up}/children`, 'utf8')
      .split(' ')
      .map(Number)
      .find((pid) => commandOf(pid).includes('gateway.mjs')) ?? 0
  const before = gateway()
  process.kill(before, 'SIGKILL')
  await until('the gateway is back', () => gateway() !== 0 && gateway() !== before)
}

for (const [kind, damage] of Object.entries(DAMAGES))
  test(`after ${kind} all tokens have ended, which luca doctor, /ready and the log say, and new ones are made`, async () => {
    const base = mkdtempSync(join(tmpdir(), 'dm-'))
    const state = join(base, 's')
    try {
      const before = await startAppliance({ state })
      const { token } = JSON.parse((await before.luca(['token', 'create', 'phone', '--json'])).stdout)
      assert.equal((await post(before.url, token, 'tools/list')).status, 200)
      await before.stop()
      damage(join(state, 'lib/gateway/gateway.db'))

      await using after = await startAppliance({ state })
      for (const old of [token, before.token])
        assert.equal((await post(after.url, old, 'tools/list')).status, 401)
      assert.equal((await post(after.url, after.token, 'tools/list')).status, 200)
      const [aside] = readdirSync(join(state, 'lib/gateway')).filter((name) =>
        /^gateway\.db\.damaged-[^-]+$/.test(name),
      )
      assert.ok(aside)
      const ready = await fetch(`${after.origin}/ready`, {
        headers: { authorization: `Bearer ${after.token}` },
      })
      const { status, failing } = (await ready.json()) as { status: string; failing: { state: string } }
      assert.equal(status, 'ready')
      assert.ok(failing.state.includes(aside))
      const doctor = async () => {
        const { checks } = JSON.parse((await after.luca(['doctor', '--json'])).stdout)
        return checks.filter(({ check }: { check: string }) => check === 'database')
      }
      const [found] = await doctor()
      assert.equal(found.level, 'warn')
      assert.ok(found.what.includes(aside))
      assert.match(found.advice, /luca token create/)
      assert.match(after.log(), /the database was damaged and is put aside/)
      for (const name of readdirSync(join(state, 'lib/gateway')))
        if (name.includes('.damaged-')) rmSync(join(state, 'lib/gateway', name))
      assert.deepEqual(await doctor(), [])
    } finally {
      rmSync(base, { recursive: true, force: true })
    }
  })

test('what was said of tokens holds after each kill -9 that comes right after it', async () => {
  await using a = await startAppliance()
  const restarted = () => killGateway(a)
  const status = async (token: string) => (await post(a.url, token, 'tools/list')).status
  const names: string[] = []
  let last = ''
  for (let round = 0; round < 3; round++) {
    const name = `phone${round}`
    const { token } = JSON.parse((await a.luca(['token', 'create', name, '--json'])).stdout)
    await restarted()
    assert.equal(await status(token), 200)
    if (last !== '') {
      assert.equal((await a.luca(['token', 'revoke', names.at(-1) as string])).code, 0)
      await restarted()
      assert.equal(await status(last), 401)
      assert.equal(await status(token), 200)
    }
    names.push(name)
    last = token
  }
  assert.deepEqual(
    readdirSync(join(a.state, 'lib/gateway')).filter((name) => name.includes('damaged')),
    [],
  )
})

test('on a full disk the gateway makes no token and says why, ends tokens for good, and starts again after a kill -9', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'fd-'))
  const state = join(base, 's')
  const disk = join(state, 'lib/gateway')
  mkdirSync(disk, { recursive: true, mode: 0o700 })
  using mount = mountSmall(disk, 'tmpfs', ',size=1m')
  if (!mount) return t.skip('this user may not mount')
  try {
    await using a = await startAppliance({ state })
    const { token } = JSON.parse((await a.luca(['token', 'create', 'phone', '--json'])).stdout)
    for (let size = 65_536; size >= 1; size = Math.floor(size / 2))
      try {
        for (;;) appendFileSync(join(disk, 'filler'), 'x'.repeat(size), { flush: true })
      } catch {}
    const refused = await until('the log has no room left', async () => {
      const made = await a.luca(['token', 'create', `more${Math.random()}`])
      return made.code === 0 ? undefined : made
    })
    assert.match(
      refused.stderr,
      /The disk of \S+\/lib\/gateway is full; nothing was changed\. Make room there/,
    )
    const ready = await fetch(`${a.origin}/ready`, { headers: { authorization: `Bearer ${a.token}` } })
    assert.equal(ready.status, 503)
    assert.match(JSON.stringify(await ready.json()), /is full; nothing was changed/)
    const status = async (one: string) => (await post(a.url, one, 'tools/list')).status
    assert.equal(await status(token), 200)
    const revoked = await a.luca(['token', 'revoke', 'phone'])
    assert.equal(revoked.code, 0, revoked.stderr)
    assert.equal(await status(token), 401)
    await killGateway(a)
    assert.deepEqual([await status(token), await status(a.token)], [401, 200])
    rmSync(join(disk, 'filler'))
    const again = await a.luca(['token', 'create', 'phone'])
    assert.equal(again.code, 0, again.stderr)
    assert.equal(await status(token), 401)
  } finally {
    mount[Symbol.dispose]()
    rmSync(base, { recursive: true, force: true })
  }
})
