import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { mountSmall } from '../../../host/testing/mount.ts'
import { serve } from '../testing/served.ts'

const WRITER = fileURLToPath(new URL('../testing/limited-writer.ts', import.meta.url))

test('on a full disk the old file stays whole, nothing else is left, and the caller reads why', async (t) => {
  using served = serve()
  mkdirSync(served.real('disk'))
  using mount = mountSmall(served.real('disk'))
  if (!mount)
    return t.diagnostic('this user may not mount: the next test checks the same by a limit on file sizes')
  served.put('disk/a.txt', 'old\n')
  const large = 'x'.repeat(400_000)
  await assert.rejects(
    served.text('write_file', { path: 'disk/a.txt', content: large }),
    /The disk is full; nothing was written/,
  )
  await assert.rejects(
    served.text('write_file', { path: 'disk/new.txt', content: large }),
    /The disk is full/,
  )
  await assert.rejects(
    served.text('edit_file', { path: 'disk/a.txt', edits: [{ oldText: 'old', newText: large }] }),
    /The disk is full/,
  )
  assert.deepEqual(readdirSync(served.real('disk')), ['a.txt'])
  assert.equal(readFileSync(served.real('disk/a.txt'), 'utf8'), 'old\n')
})

test('a write that the system breaks off half-way leaves the old file whole and nothing else', () => {
  using served = serve({ 'a.txt': 'old' })
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', `ulimit -f 64; exec "$@"`, 'sh', process.execPath, WRITER, served.root],
    {
      encoding: 'utf8',
    },
  )
  assert.match(stdout, /larger than is allowed here; nothing was written/, stderr)
  assert.deepEqual(readdirSync(served.root), ['a.txt'])
  assert.equal(readFileSync(served.real('a.txt'), 'utf8'), 'old')
})
