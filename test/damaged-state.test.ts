/** The gateway whose database was damaged, cut or emptied while it did not run: it serves, and lets in nobody who had a token. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startAppliance } from './support/appliance.ts'
import { post } from './support/http.ts'

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
