import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { documents, generated, loadDefinitions } from './generate.ts'
import { ROOT } from './servers.ts'

const definitions = await loadDefinitions()

for (const [path, text] of documents(definitions))
  test(`${path} is what the definitions say ("make generate" writes it)`, () => {
    assert.equal(readFileSync(join(ROOT, path), 'utf8'), text)
  })

test('the same definitions give the same files', () => {
  assert.deepEqual(generated(definitions), generated(definitions))
})

test('descriptors and validators that were built are those of the definitions', () => {
  for (const [path, text] of generated(definitions))
    assert.equal(readFileSync(join(ROOT, path), 'utf8'), text, path)
})
