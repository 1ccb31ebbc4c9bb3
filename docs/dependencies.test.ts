import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

test('the page on dependencies names those of package.json, and no others', () => {
  const root = join(import.meta.dirname, '..')
  const manifests = ['package.json', 'scripts/embedding/package.json', 'scripts/faiss/package.json'].map(
    (path) => JSON.parse(readFileSync(join(root, path), 'utf8')),
  )
  const page = readFileSync(join(import.meta.dirname, 'dependencies.md'), 'utf8')
  const named = [...page.matchAll(/^\| `([^`]+)` \| [^|]+ \|$/gm)].map(([, name]) => name)
  const wanted = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    manifests.flatMap((manifest) => Object.keys(manifest[kind] ?? {})),
  )
  assert.deepEqual(named.sort(), wanted.sort())
})
