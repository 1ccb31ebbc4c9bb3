/** What becomes of tokens where the gateway's database is damaged, and where the gateway is killed. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startAppliance, until } from './support/appliance.ts'
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
  const up = a.process.pid
  const gateway = () =>
    readFileSync(`/proc/${up}/task/${up}/children`, 'utf8')
      .split(' ')
      .map(Number)
      .find((pid) => commandOf(pid).includes('gateway.mjs')) ?? 0
  const restarted = async () => {
    const before = gateway()
    process.kill(before, 'SIGKILL')
    await until('the gateway is back', () => gateway() !== 0 && gateway() !== before)
  }
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
