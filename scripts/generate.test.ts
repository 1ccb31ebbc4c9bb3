import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { documents, generated } from './generate.ts'
import { loadServers, ROOT } from './servers.ts'

const servers = await loadServers()

for (const [path, text] of documents(servers))
  test(`${path} is what the definitions say ("make generate" writes it)`, () => {
    assert.equal(readFileSync(join(ROOT, path), 'utf8'), text)
  })

test('the same definitions give the same files', () => {
  assert.deepEqual(generated(servers), generated(servers))
})

test('descriptors and validators that were built are those of the definitions', () => {
  for (const [path, text] of generated(servers))
    assert.equal(readFileSync(join(ROOT, path), 'utf8'), text, path)
})
