/** Searching by meaning and by words through the gateway, with a library of many texts whose vectors are made up, and so there at once. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { instanceName } from '../../../src/command/installation.ts'
import { openDatabase } from '../../../src/host/database.ts'
import { openShippedEmbedder } from '../../../src/search/embedding/shipped.ts'
import { Library } from '../../../src/search/index/library.ts'
import { RecentVectors } from '../../../src/search/index/recent.ts'
import { usearch } from '../../../src/search/index/usearch.ts'
import { Vectors } from '../../../src/search/index/vectors.ts'
import { INDEX_STEPS } from '../../../src/servers/fs/search/opened-index.ts'
import { modifiedAt, versionOf } from '../../../src/servers/fs/search/version.ts'
import { type Appliance, currentCall, currentHeaders, startAppliance } from '../appliance.ts'
import { median } from '../median.ts'
import { processorMs, residentMb, until } from '../processes.ts'
import type { Figures } from '../report.ts'
import { fill, type Source, source } from './fill.ts'

const WORDS_OF_QUESTION = 6
/** How many of the closest are compared with the exact ones, and for how many vectors. */
const CLOSEST = 10
const COMPARED = 20
/** What 16 bits a number may change of how close two are. */
const ROUNDED = 0.002
const READ_AT_ONCE = 8192

export async function measureLibrary(quick: boolean, say: (line: string) => void): Promise<Figures> {
  const [texts, questions, starts] = quick ? [10_000, 50, 2] : [100_000, 300, 7]
  const embedder = await openShippedEmbedder()
  const { id: model, dimensions } = embedder
  await embedder.close()
  const made = source(dimensions)
  let recall = 0
  const appliance = await startAppliance({
    echo: false,
    async prepare(state) {
      recall = await prepare(state, { texts, made, model, dimensions, say })
    },
  })
  try {
    const first: number[] = []
    for (let start = 0; start < starts; start++) {
      for (const pid of appliance.awake()) process.kill(pid, 'SIGTERM')
      await until('the server sleeps', () => appliance.awake().length === 0)
      first.push(...(await ask(appliance, made, 1)))
    }
    await ask(appliance, made, questions)
    const before = spentBy(appliance)
    const warm = (await ask(appliance, made, questions)).sort((a, b) => a - b)
    const at = (share: number) => warm[Math.floor(warm.length * share)] ?? 0
    return {
      'search.p50': at(0.5),
      'search.p95': at(0.95),
      'search.processor-ms': (spentBy(appliance) - before) / questions,
      'search.first.p50': median(first),
      'search.first.least': Math.min(...first),
      'search.resident': Math.max(...appliance.awake().map(residentMb)),
      'search.recall': recall,
    }
  } finally {
    await appliance.stop()
  }
}

/** How long searches take, in milliseconds. */
async function ask({ port, token }: Appliance, made: Source, count: number): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const query = made.text().split(' ').slice(0, WORDS_OF_QUESTION).join(' ')
    const sent = performance.now()
    const reply = await fetch(`http://127.0.0.1:${port}/mcp`, {
      method: 'POST',
      headers: currentHeaders(token, 'fs_search_documents'),
      body: currentCall('fs_search_documents', { query }),
    })
    const text = await reply.text()
    times.push(performance.now() - sent)
    if (reply.status !== 200 || text.includes('"isError":true')) throw new Error(text.slice(0, 2000))
  }
  return times
}

/** Processor time of the servers that are awake. */
const spentBy = (appliance: Appliance): number =>
  appliance.awake().reduce((sum, pid) => sum + processorMs(pid), 0)

interface Wanted {
  texts: number
  made: Source
  model: string
  dimensions: number
  say(line: string): void
}

/** Fills the library, and gives the share of the exact neighbours that it finds. */
async function prepare(state: string, { texts, made, model, dimensions, say }: Wanted): Promise<number> {
  const folder = join(state, 'lib/fs', instanceName())
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const database = await openDatabase({ folder, name: 'search', steps: INDEX_STEPS })
  const library = new Library(database)
  await library.addFolder('/Documents', Date.now())
  const modelId = await library.modelId(model, dimensions)
  const top = dirname(state)
  await fill(library, modelId, texts, made, {
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
  await vectors.tidy()
  const share = recallOf(vectors, library, modelId, made, dimensions)
  await database.close()
  return share
}

function recallOf(
  vectors: Vectors,
  library: Library,
  model: number,
  made: Source,
  dimensions: number,
): number {
  const asked = Array.from({ length: COMPARED }, () => made.vector())
  const exact: number[][] = asked.map(() => [])
  for (let after = 0; ; ) {
    const some = library.vectors(model, after + 1, Number.MAX_SAFE_INTEGER, READ_AT_ONCE)
    const part = new RecentVectors(dimensions)
    for (const { id, numbers } of some) part.add(id, numbers)
    for (const [i, vector] of asked.entries())
      exact[i]?.push(...part.nearest(vector, CLOSEST).map(({ similarity }) => similarity))
    if (some.length < READ_AT_ONCE) break
    after = some.at(-1)?.id ?? after
  }
  const found = asked.map((vector, i) => {
    const least = exact[i]?.sort((a, b) => b - a)[CLOSEST - 1] ?? 0
    const near = vectors.nearest(vector, CLOSEST).slice(0, CLOSEST)
    return near.filter(({ similarity }) => similarity >= least - ROUNDED).length / CLOSEST
  })
  return found.reduce((sum, one) => sum + one, 0) / found.length
}
