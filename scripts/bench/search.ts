/**
 * Searching by meaning and by words through the gateway, with a library of many texts: `make bench FILE=scripts/bench/search.ts`.
 * The files are there; their vectors are made up, so that they are there at once, and questions are embedded by the model that ships.
 */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { instanceName } from '../../src/command/installation.ts'
import { openDatabase } from '../../src/host/database.ts'
import { openShippedEmbedder } from '../../src/search/embedding/shipped.ts'
import { LIBRARY_STEPS, Library } from '../../src/search/index/library.ts'
import { usearch } from '../../src/search/index/usearch.ts'
import { Vectors } from '../../src/search/index/vectors.ts'
import { modifiedAt, versionOf } from '../../src/servers/fs/search/version.ts'
import { WORK_LIST_STEP } from '../../src/servers/fs/search/work-list.ts'
import { currentCall, currentHeaders, startAppliance } from './appliance.ts'
import { residentMb } from './processes.ts'
import { fill, source } from './search/fill.ts'

const quick = process.argv.includes('--quick')
const TEXTS = quick ? 10_000 : 100_000
const QUESTIONS = quick ? 50 : 300
const WORDS_OF_QUESTION = 6
const say = (line: string) => void process.stderr.write(`${line}\n`)

const {
  id: name,
  dimensions,
  close,
} = await (async () => {
  const embedder = await openShippedEmbedder()
  return { id: embedder.id, dimensions: embedder.dimensions, close: () => embedder.close() }
})()
await close()
const made = source(dimensions)

say(`filling a library with ${TEXTS} texts`)
const appliance = await startAppliance({ echo: false, prepare })
try {
  const [cold = 0] = await ask(1)
  const warm = (await ask(QUESTIONS)).sort((a, b) => a - b)
  const at = (share: number) => (warm[Math.floor(warm.length * share)] ?? 0).toFixed(1)
  const resident = Math.max(...appliance.awake().map(residentMb))
  say(
    `the first search ${cold.toFixed(0)} ms, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, resident ${resident.toFixed(0)} MB`,
  )
} finally {
  await appliance.stop()
}

/** How long searches take, in milliseconds. */
async function ask(count: number): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const query = made.text().split(' ').slice(0, WORDS_OF_QUESTION).join(' ')
    const sent = performance.now()
    const reply = await fetch(`http://127.0.0.1:${appliance.port}/mcp`, {
      method: 'POST',
      headers: currentHeaders(appliance.token, 'fs_search_documents'),
      body: currentCall('fs_search_documents', { query }),
    })
    const text = await reply.text()
    times.push(performance.now() - sent)
    if (reply.status !== 200 || text.includes('"isError":true')) throw new Error(text.slice(0, 2000))
  }
  return times
}

async function prepare(state: string): Promise<void> {
  const folder = join(state, 'lib/fs', instanceName())
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const database = await openDatabase({ folder, name: 'search', steps: [...LIBRARY_STEPS, WORK_LIST_STEP] })
  const library = new Library(database)
  await library.addFolder('/Documents', Date.now())
  const modelId = await library.modelId(name, dimensions)
  const top = dirname(state)
  await fill(library, modelId, TEXTS, made, {
    write(path, text) {
      mkdirSync(dirname(join(top, path)), { recursive: true })
      writeFileSync(join(top, path), text)
      const { ino, size, mtimeNs, ctimeNs } = statSync(join(top, path), { bigint: true })
      const stamp = { ino, size, mtimeNs, ctimeNs }
      return { version: versionOf(stamp), modifiedAt: modifiedAt(stamp) }
    },
    progress: (done) => say(`  ${done}`),
  })
  const vectors = await Vectors.open({ library, folder, driver: usearch, modelId, dimensions })
  await vectors.follow()
  say(`  ${vectors.size} vectors in ${readdirSync(folder).length} files`)
  await database.close()
}
