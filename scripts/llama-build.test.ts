import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from './servers.ts'

const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
const { gpuBuilds, overrides } = read('package.json') as Record<string, Record<string, object>>

test('what is brought for a GPU is pinned, and brought by nothing else', () => {
  const { optionalDependencies } = read('node_modules/node-llama-cpp/package.json')
  for (const [name, integrity] of Object.values(gpuBuilds ?? {}).flatMap((one) => Object.entries(one))) {
    assert.match(integrity, /^sha512-[A-Za-z0-9+/]{86}==$/)
    assert.ok(optionalDependencies[name], name)
    assert.equal(overrides?.[name], 'file:./scripts/stub-package')
  }
})

test('a kind that there is not is refused with those there are', () => {
  const args = ['--disable-warning=ExperimentalWarning', join(ROOT, 'scripts/llama-build.ts'), 'metal']
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.deepEqual(
    [status, stderr],
    [2, 'There is no build of llama.cpp for "metal"; there are vulkan and cuda.\n'],
  )
})
