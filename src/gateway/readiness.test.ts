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
    state: { check() {} },
    catalogue: { processes: [{ service_name: 'fs' } as Descriptor] },
    backends: { socketPath: ({ service_name }, user) => join(folder, `${service_name}.${user}`) },
    owner: 'ada',
    problems: () => new Map(),
    isStopping: () => false,
    ...own,
  })()
}

test('a gateway whose state can be written and whose servers can be woken is ready', () => {
  using folder = temporaryDirectory()
  assert.deepEqual(setUp(folder.path), { ready: true, details: { servers: ['fs'], failing: {} } })
})

test('a gateway that can’t write its state, or that stops, is not', () => {
  using folder = temporaryDirectory()
  const full = () => {
    throw new Error('the disk is full')
  }
  assert.deepEqual(setUp(folder.path, { state: { check: full } }), {
    ready: false,
    details: { servers: ['fs'], failing: { state: 'the disk is full' } },
  })
  assert.equal(setUp(folder.path, { isStopping: () => true }).ready, false)
})

test('a server that can’t be woken, or described, is told of and holds up no other', () => {
  using folder = temporaryDirectory()
  const processes = ['fs', 'mail'].map((service_name) => ({ service_name }) as Descriptor)
  assert.deepEqual(
    setUp(folder.path, { catalogue: { processes }, problems: () => new Map([['/caps/x.cap.json', 'why']]) }),
    {
      ready: true,
      details: {
        servers: ['fs', 'mail'],
        failing: { '/caps/x.cap.json': 'why', mail: 'it has no socket' },
      },
    },
  )
})
