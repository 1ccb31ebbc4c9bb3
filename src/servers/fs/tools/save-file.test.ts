import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import type { ToolContext } from '../../../protocol/define.ts'
import { MAX_SAVED_BYTES } from '../limits.ts'
import { fakeCall, SECRET, type Served, serve } from '../testing/served.ts'

interface Saved {
  path?: string
  upload?: string
}

const save = async (
  served: Served,
  args: { path: string; bytes: Uint8Array | string; more?: boolean; upload?: string },
  call?: ToolContext,
): Promise<Saved> => {
  const { bytes, ...others } = args
  const content = Buffer.from(bytes).toString('base64')
  return (await served.call('save_file', { ...others, content }, call)).structured as Saved
}
/** Nothing is agreed to. */
const unagreed = () => fakeCall(new AbortController().signal, '')
const callOf = (caller: string): ToolContext => Object.assign(fakeCall(), { caller })

test('bytes become a new file, with its folders', async () => {
  using served = serve()
  const bytes = Buffer.from([0, 255, 128, 10])
  assert.deepEqual(await save(served, { path: '/Mail/2026/a.bin', bytes }, unagreed()), {
    path: '/Mail/2026/a.bin',
  })
  assert.ok(readFileSync(served.real('Mail/2026/a.bin')).equals(bytes))
  await assert.rejects(served.call('save_file', { path: '/b', content: '!' }), /not base64/)
  for (const path of ['/../a', '', '/', '/a\0b'])
    await assert.rejects(save(served, { path, bytes }), { name: 'ToolError' }, path)
})

test('whatever has the name already stays, and the new file gets a number', async () => {
  using served = serve({ 'a.txt': 'old', 'a (2).txt': 'older', b: 'b' })
  mkdirSync(served.real('c'))
  symlinkSync('nowhere', served.real('d'))
  symlinkSync(`${served.outside}/secret.txt`, served.real('e.txt'))
  for (const [path, expected] of [
    ['/a.txt', '/a (3).txt'],
    ['b', '/b (2)'],
    ['/c', '/c (2)'],
    ['/d', '/d (2)'],
    ['/e.txt', '/e (2).txt'],
  ] as const)
    assert.equal((await save(served, { path, bytes: 'new' }, unagreed())).path, expected)
  assert.equal(readFileSync(served.real('a.txt'), 'utf8'), 'old')
  assert.equal(readFileSync(served.real('a (2).txt'), 'utf8'), 'older')
  assert.equal(readFileSync(`${served.outside}/secret.txt`, 'utf8'), SECRET)
})

test('many that come at once under one name are all there', async () => {
  using served = serve()
  const saved = await Promise.all(
    Array.from({ length: 20 }, (_, i) => save(served, { path: '/a.txt', bytes: `${i}` })),
  )
  assert.equal(new Set(saved.map(({ path }) => path)).size, 20)
  const contents = readdirSync(served.root).map((name) => readFileSync(served.real(name), 'utf8'))
  assert.deepEqual(
    contents.map(Number).sort((one, other) => one - other),
    Array.from({ length: 20 }, (_, i) => i),
  )
})

test('a large file comes in pieces, and nothing of it is there before the last', async () => {
  using served = serve()
  const path = '/a.bin'
  const first = await save(served, { path, bytes: 'one ', more: true })
  const second = await save(served, { path, bytes: 'two ', more: true, upload: first.upload ?? '' })
  assert.deepEqual(readdirSync(served.root), [])
  assert.deepEqual(await save(served, { path, bytes: 'three', upload: second.upload ?? '' }), { path })
  assert.equal(readFileSync(served.real('a.bin'), 'utf8'), 'one two three')
})

test('a piece belongs to its caller and its path, and comes once', async () => {
  using served = serve()
  const path = '/a.bin'
  const { upload = '' } = await save(served, { path, bytes: 'one', more: true }, callOf('ada'))
  const refused = { message: /There is no unfinished file of this "upload".*Begin again/ }
  await assert.rejects(save(served, { path, bytes: 'x', upload }, callOf('bob')), refused)
  await assert.rejects(save(served, { path: '/b', bytes: 'x', upload }, callOf('ada')), refused)
  await save(served, { path, bytes: ' two', upload }, callOf('ada'))
  await assert.rejects(save(served, { path, bytes: 'x', upload }, callOf('ada')), refused)
  assert.deepEqual(readdirSync(served.root), ['a.bin'])
})

test('more than may be saved is refused, and nothing of it is kept', async () => {
  using served = serve()
  const half = Buffer.alloc(MAX_SAVED_BYTES / 2)
  const path = '/a.bin'
  const { upload = '' } = await save(served, { path, bytes: half, more: true })
  const { upload: next = '' } = await save(served, { path, bytes: half, more: true, upload })
  await assert.rejects(save(served, { path, bytes: 'x', upload: next }), /longer than 33554432 bytes/)
  assert.deepEqual(readdirSync(served.root), [])
})
