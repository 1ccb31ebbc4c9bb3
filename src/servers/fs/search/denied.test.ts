/** What a user may not read, and what the disk has no room for. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { FakeClock } from '../../../framework/testing/fake-clock.ts'
import { until } from '../../../framework/testing/until.ts'
import { mountSmall } from '../../../host/testing/mount.ts'
import { Searching } from '../testing/searching.ts'

const NOBODY = 65534
const isRoot = process.getuid?.() === 0

test('what a user may not read, or may read no more, is in no answer and forgotten', async () => {
  await using it = new Searching({
    'notes/own.md': 'The kettle.',
    'notes/lost.md': 'The kettle, too.',
    'notes/deep/c.md': 'The kettle below.',
    'notes/foreign.md': 'The kettle of somebody else.',
  })
  // Where the test can't give it to another user, a file that its owner may not read stands for it.
  chmodSync(it.real('notes/foreign.md'), isRoot ? 0o600 : 0)
  if (isRoot) {
    chmodSync(dirname(it.root), 0o755)
    for (const path of [
      it.state,
      ...['own.md', 'lost.md', 'deep', 'deep/c.md'].map((one) => it.real(`notes/${one}`)),
    ])
      chownSync(path, NOBODY, NOBODY)
  }
  try {
    const probe = join(import.meta.dirname, '../testing/unprivileged-search.ts')
    const args = ['--disable-warning=ExperimentalWarning', probe, it.root, it.state]
    const said = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
    assert.deepEqual(said.before, ['/notes/deep/c.md', '/notes/lost.md', '/notes/own.md'])
    assert.deepEqual(said.after, ['/notes/own.md'])
    assert.deepEqual([said.files, said.waiting], [1, 0])
    assert.match(said.why, /Permission denied/)
  } finally {
    chmodSync(it.real('notes/deep'), 0o700)
  }
})

test('on a full disk indexing pauses and says so, and goes on once there is room', async (t) => {
  const clock = new FakeClock(Date.now())
  await using it = new Searching({ 'notes/a.md': 'The kettle.' })
  using mount = mountSmall(it.state, 'tmpfs', ',size=4m')
  if (!mount) return t.skip('this user may not mount')
  await it.start({ clock })
  await it.add('/notes')
  const filler = join(it.state, 'filler')
  assert.throws(() => writeFileSync(filler, Buffer.alloc(8_000_000)), /ENOSPC/)
  for (let i = 0; i < 20; i++) it.put(`notes/${i}.md`, `The violin. ${`word${i} `.repeat(20_000)}`)
  await it.running.wake('look')
  await until('it is paused', async () => (await it.status()).state === 'paused')
  assert.match(String((await it.status()).problem), /The disk is full.*once there is room/)
  assert.equal((await it.found('kettle'))[0], '/notes/a.md')
  rmSync(filler)
  rmSync(it.real('notes/1.md'))
  for (let i = 2; i < 20; i++) rmSync(it.real(`notes/${i}.md`))
  clock.advance(30_000)
  await it.running.worked()
  const { files, state } = await it.status()
  assert.deepEqual([files, state], [2, 'idle'])
  assert.deepEqual(await it.found('violin'), ['/notes/0.md'])
})
