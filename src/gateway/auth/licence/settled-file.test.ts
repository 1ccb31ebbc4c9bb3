import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { watchSettled } from './settled-file.ts'

/** What is read at each change of a file, until one satisfies. */
function watched(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'settled-'))
  const path = join(folder, 'file')
  const seen: (string | undefined)[] = []
  let found: () => void = () => {}
  const watch = watchSettled(path, () => {
    seen.push(existsSync(path) ? readFileSync(path, 'utf8') : undefined)
    found()
  })
  // The watch keeps no process alive.
  const alive = setInterval(() => {}, 1000)
  t.after(() => {
    watch.close()
    clearInterval(alive)
    rmSync(folder, { recursive: true, force: true })
  })
  const until = (content: string | undefined) =>
    new Promise<void>((resolve) => {
      found = () => seen.length > 0 && seen.at(-1) === content && resolve()
      found()
    })
  return { path, seen, until }
}

test('a file is reported when it is whole, however slowly it was written, and when it goes', {
  timeout: 20_000,
}, async (t) => {
  const { path, seen, until } = watched(t)
  let parts = 0
  await new Promise<void>((resolve) => {
    const writing = setInterval(() => {
      appendFileSync(path, 'x')
      if (++parts < 40) return
      clearInterval(writing)
      resolve()
    }, 50)
  })
  await until('x'.repeat(40))
  assert.deepEqual(
    seen.filter((text) => text !== undefined),
    ['x'.repeat(40)],
  )
  rmSync(path)
  await until(undefined)
})
