import assert from 'node:assert/strict'
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hold } from './descriptors.ts'
import { type Filling, replaceFile } from './replace.ts'
import { Root } from './root.ts'
import { Temporaries } from './temporaries.ts'

const APPEARED = { name: 'PathProblem', message: 'appeared' }
const { signal } = new AbortController()
const temporaries = new Temporaries(undefined, '/')
const fill: Filling = (handle) => handle.writeFile('new')

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'replace-'))
  const root = new Root(path, [])
  return {
    path: (name: string) => join(path, name),
    names: () => readdirSync(path),
    held: root.held,
    target: (name: string) => ({ folder: root.held, name, names: [name] }),
    [Symbol.dispose]() {
      root[Symbol.dispose]()
      rmSync(path, { recursive: true })
    },
  }
}

test('what comes to be where the old file has gone is left alone', async () => {
  using inside = folder()
  writeFileSync(inside.path('a'), 'old')
  using old = hold(inside.held, 'a')
  rmSync(inside.path('a'))
  const check = (now: unknown) => {
    assert.equal(now, undefined)
    writeFileSync(inside.path('a'), 'theirs')
  }
  await assert.rejects(replaceFile(temporaries, inside.target('a'), old, fill, signal, check), APPEARED)
  assert.equal(readFileSync(inside.path('a'), 'utf8'), 'theirs')
  assert.deepEqual(inside.names(), ['a'])
})

test('where there are no hard links a new file gets its name all the same, and takes no other’s', async (t) => {
  using inside = folder()
  // No file system without them can be had everywhere.
  t.mock.method(fs.promises, 'link', () =>
    Promise.reject(Object.assign(new Error('not permitted'), { code: 'EPERM' })),
  )
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  const make = (name: string) =>
    replaceFile(temporaries, inside.target(name), undefined, fill, signal, () => assert.fail())
  await make('a')
  assert.equal(readFileSync(inside.path('a'), 'utf8'), 'new')
  writeFileSync(inside.path('b'), 'theirs')
  await assert.rejects(make('b'), APPEARED)
  assert.equal(readFileSync(inside.path('b'), 'utf8'), 'theirs')
  assert.deepEqual(inside.names().sort(), ['a', 'b'])
})
