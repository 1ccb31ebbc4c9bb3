import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'
import type { Descriptor } from '../protocol/descriptor.ts'
import { createReadiness, type ReadinessOptions } from './readiness.ts'

function setUp(folder: string, own: Partial<ReadinessOptions> = {}) {
  writeFileSync(join(folder, 'fs.ada'), '')
  return createReadiness({
    state: { check: async () => {}, damagedFiles: () => [] },
    catalogue: { processes: [{ service_name: 'fs' } as Descriptor] },
    backends: { socketPath: ({ service_name }, user) => join(folder, `${service_name}.${user}`) },
    owner: 'ada',
    problems: () => new Map(),
    isStopping: () => false,
    ...own,
  })()
}

test('a gateway whose state can be written and whose servers can be woken is ready', async () => {
  using folder = temporaryDirectory()
  assert.deepEqual(await setUp(folder.path), { ready: true, details: { servers: ['fs'], failing: {} } })
})

test('a gateway that can’t write its state, or that stops, is not', async () => {
  using folder = temporaryDirectory()
  const state = { check: () => Promise.reject(new Error('the disk is full')), damagedFiles: () => ['/x'] }
  assert.deepEqual(await setUp(folder.path, { state }), {
    ready: false,
    details: { servers: ['fs'], failing: { state: 'the disk is full' } },
  })
  assert.equal((await setUp(folder.path, { isStopping: () => true })).ready, false)
})

test('a server that can’t be woken, or described, is reported and holds up no other', async () => {
  using folder = temporaryDirectory()
  const processes = ['fs', 'mail'].map((service_name) => ({ service_name }) as Descriptor)
  assert.deepEqual(
    await setUp(folder.path, {
      catalogue: { processes },
      problems: () => new Map([['/caps/x.cap.json', 'why']]),
    }),
    {
      ready: true,
      details: {
        servers: ['fs', 'mail'],
        failing: { '/caps/x.cap.json': 'why', mail: 'it has no socket' },
      },
    },
  )
})

test('a database that was damaged is reported until its file is gone, and holds up nothing', async () => {
  using folder = temporaryDirectory()
  const damaged = '/var/lib/private/llmbasedos/gateway/gateway.db.damaged-20261128T203005Z'
  const state = { check: async () => {}, damagedFiles: () => [damaged] }
  const { ready, details } = await setUp(folder.path, { state })
  assert.equal(ready, true)
  const said = String((details as { failing: { state: string } }).failing.state)
  assert.ok(said.includes(damaged) && said.includes('luca token create'), said)
})
