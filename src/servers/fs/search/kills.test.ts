/** Kills while files are indexed, and two processes that would index at once. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Searching } from '../testing/searching.ts'

/** More of them, such as 1000, take half an hour. */
const KILLS = Number(process.env.KILLS ?? 40)
const LONGEST_MS = 700

function indexer(it: Searching, ...more: string[]): ChildProcess {
  const script = join(import.meta.dirname, '../testing/indexer.ts')
  const args = ['--disable-warning=ExperimentalWarning', script, it.root, it.state, ...more]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function said(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')
  return String(chunk)
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close')
  child.kill('SIGKILL')
  await ended
}

test(`after ${KILLS} kills while it indexes, the index agrees with the files, and the rest is done`, async () => {
  await using it = new Searching()
  /** By path, the word that a file alone has. */
  const words = new Map<string, string>()
  const gone: string[] = []
  let last = 0
  const put = (path: string) => {
    const former = words.get(path)
    if (former !== undefined) gone.push(former)
    const word = `Zq${++last}x`
    words.set(path, word)
    it.put(
      path.slice(1),
      `# Note\n\n${'The kettle and the violin. '.repeat(last % 40)}It has the code ${word}.\n`,
    )
  }
  for (let round = 1; round <= KILLS; round++) {
    for (let i = 0; i < 40; i++) put(`/notes/${(round * 7 + i) % 9}/${(round * 13 + i) % 90}.md`)
    const [removed = '', moved = ''] = words.keys()
    rmSync(it.real(removed))
    gone.push(words.get(removed) ?? '')
    words.delete(removed)
    renameSync(it.real(moved), it.real(`notes/moved-${round}.md`))
    words.set(`/notes/moved-${round}.md`, words.get(moved) ?? '')
    words.delete(moved)
    const child = indexer(it)
    assert.match(await said(child), /^open/)
    await new Promise((resolve) => setTimeout(resolve, (round * 97) % LONGEST_MS))
    await kill(child)
  }
  await it.start()
  // As the gateway does each night; a question would begin it as well.
  const work = async () => {
    await it.running.wake('look')
    await it.running.worked()
  }
  await work()
  // Two kills may have met the same file while it was read: it can't be told from one that ended the process.
  const suspects: string[] = []
  for (const path of words.keys()) {
    const { state, why = '' } = await it.statusOf(path)
    if (state !== 'searched' && /ended 2 times/.test(why)) suspects.push(path)
  }
  assert.ok(suspects.length * 2 <= KILLS, suspects.join())
  for (const path of suspects) put(path)
  await work()
  const { files, waiting, withoutMeaning, leftOut } = await it.status()
  assert.deepEqual([files, waiting, withoutMeaning, leftOut], [words.size, 0, 0, 0])
  for (const [path, word] of words) assert.deepEqual(await it.found(word, { limit: 1 }), [path])
  for (const word of gone) assert.ok(!(await it.found(`"${word}"`)).some((path) => words.get(path) === word))
})

test('a file that ends the process twice is left alone until it changes, and the others are read', async () => {
  await using it = new Searching({ 'notes/a.md': 'The kettle.', 'notes/poison.md': 'The violin.' })
  for (let i = 0; i < 2; i++) {
    const child = indexer(it, '/notes/poison.md')
    const [, signal] = await once(child, 'close')
    assert.equal(signal, 'SIGKILL')
  }
  await it.start()
  await it.running.wake('look')
  await it.running.worked()
  assert.deepEqual(await it.found('kettle'), ['/notes/a.md'])
  assert.match(
    (await it.statusOf('/notes/poison.md')).why ?? '',
    /ended 2 times; it is left alone until it changes/,
  )
  it.put('notes/poison.md', 'The glacier.')
  await it.running.wake('look')
  await it.running.worked()
  assert.deepEqual(await it.found('glacier'), ['/notes/poison.md'])
})

test('of two processes that would index at once the second is refused, with what to do, until the first ends', async () => {
  await using it = new Searching({ 'notes/a.md': 'The kettle.' })
  const first = indexer(it)
  try {
    assert.match(await said(first), /^open/)
    await it.start()
    await assert.rejects(it.found('kettle'), {
      message:
        'The index of files is in use by another process; nothing was changed. Try again once that has ended.',
    })
  } finally {
    await kill(first)
  }
  assert.deepEqual(await it.found('kettle'), ['/notes/a.md'])
})
