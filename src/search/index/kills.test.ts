import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { searchable } from '../query/words.ts'
import { DIMENSIONS, SEGMENT_SIZE, textsOf } from './testing/endless-writer.ts'
import { embedAll, openLibrary, vectorOf } from './testing/library.ts'
import { usearch } from './usearch.ts'
import { Vectors } from './vectors.ts'

/** More of them, such as 1000, take minutes. */
const KILLS = Number(process.env.KILLS ?? 15)
const LONGEST_MS = 250

/** Of each path the versions that it may have: the one that was acknowledged, or the one that was being written. */
type Possible = Map<string, Set<string>>

test(`after ${KILLS} kills at any moment it opens, and agrees with what was acknowledged`, async () => {
  using folder = temporaryDirectory()
  const possible: Possible = new Map()
  let changes = 0
  for (let kill = 1; kill <= KILLS; kill++) {
    const lines = await written(folder.path, kill)
    changes += lines.filter((line) => line.startsWith('end')).length
    note(possible, lines)
    await compare(folder.path, possible)
  }
  assert.ok(changes > KILLS, `${changes} changes`)
})

/** What a writer said until it was killed, after a while that is different each time. */
async function written(folder: string, kill: number): Promise<string[]> {
  const script = join(import.meta.dirname, 'testing/endless-writer.ts')
  const args = ['--disable-warning=ExperimentalWarning', script, folder, `${kill}`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    // From its first word on: what comes before is the start of Node.
    if (said === '') setTimeout(() => child.kill('SIGKILL'), (kill * 37) % LONGEST_MS)
    said += text
  })
  const [, signal] = await once(child, 'close')
  assert.equal(signal, 'SIGKILL')
  return said.split('\n').slice(0, -1)
}

function note(possible: Possible, lines: readonly string[]): void {
  for (const line of lines) {
    const [what, path = '', version = ''] = line.split(' ')
    if (what === 'end') possible.set(path, new Set([version]))
    else possible.set(path, new Set([...(possible.get(path) ?? ['none']), version, 'reading']))
  }
}

async function compare(folder: string, possible: Possible): Promise<void> {
  await using open = await openLibrary(folder)
  const { library, database } = open
  // What was being removed is not found; the next work takes it out.
  await library.sweep()
  const expected = new Set<string>()
  for (const [path, versions] of possible) {
    const file = library.file(path)
    const state = file?.state === 'read' ? file.version : (file?.state ?? 'none')
    assert.ok(versions.has(state), `${path} is ${state}, not ${[...versions].join(' or ')}`)
    possible.set(path, new Set(state === 'reading' ? [...versions] : [state]))
    const texts = file ? library.piecesOf(file.id).map(({ content }) => content) : []
    if (state !== 'reading') assert.deepEqual(texts, state === 'none' ? [] : textsOf(path, Number(state)))
    for (const text of texts) expected.add(text)
  }
  assert.deepEqual(
    database.all('PRAGMA integrity_check'),
    [{ integrity_check: 'ok' }].map((row) => Object.assign(Object.create(null), row)),
  )
  assert.equal(library.counts().texts, expected.size)
  const modelId = await library.modelId('m', DIMENSIONS)
  await embedAll(library, modelId, DIMENSIONS)
  const index = join(folder, 'index')
  mkdirSync(index, { recursive: true })
  const segments = { driver: usearch, dimensions: DIMENSIONS, segmentSize: SEGMENT_SIZE }
  const vectors = await Vectors.open({ library, folder: index, modelId, ...segments })
  await vectors.follow()
  assert.equal(vectors.waiting, 0)
  for (const text of expected) {
    const [first] = vectors.nearest(vectorOf(text, DIMENSIONS), 1)
    assert.equal(library.piece(first?.key ?? 0)?.content, text)
    const words = `"${searchable(text)}"`
    assert.equal(library.piece(library.withWords(words, {}, 1)[0] ?? 0)?.content, text)
  }
}
