/**
 * The two indexes of vectors beside each other, in segments as search has them: `make bench FILE=scripts/bench/vector-index.ts`, once
 * `make faiss` has built its binding. Times are of the processor, so that they can be compared on a busy machine. Prints the table of
 * docs/decisions/0030.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openVectorDriver, VECTOR_DRIVERS, type VectorDriverName } from '../../src/search/index/drivers.ts'
import type { Neighbour } from '../../src/search/index/vector-index.ts'

const SIZES = process.argv.includes('--quick') ? [1000, 10_000] : [1000, 10_000, 100_000]
const DIMENSIONS = 512
const SEGMENT = 8192
const QUESTIONS = 200
const COMPARED = 50
const WANTED = 10
/** Texts about the same: so many stand around one subject, and are this far from it. */
const OF_SUBJECT = 50
const SPREAD = 0.8

interface Built {
  addMs: number
  remakeMs: number
}
interface Searched {
  loadMs: number
  residentMb: number
  p50: number
  p95: number
  recall: number
}

const [, , phase, name, size, folder = ''] = process.argv
if (phase === 'build' || phase === 'search') {
  const work = phase === 'build' ? build : search
  process.stdout.write(JSON.stringify(await work(name as VectorDriverName, Number(size), folder)))
} else {
  process.stdout.write(
    '| | vectors | adding one | search p50 | p95 | recall@10 | memory more | remaking a segment that is half gone | loading |\n|---|---|---|---|---|---|---|---|---|\n',
  )
  for (const driver of VECTOR_DRIVERS)
    for (const count of SIZES) {
      const place = mkdtempSync(join(tmpdir(), 'vector-index-'))
      try {
        const { addMs, remakeMs } = inProcess<Built>('build', driver, count, place)
        const { loadMs, residentMb, p50, p95, recall } = inProcess<Searched>('search', driver, count, place)
        process.stdout.write(
          `| ${driver} | ${count} | ${addMs.toFixed(2)} ms | ${p50.toFixed(1)} ms | ${p95.toFixed(1)} ms | ${recall.toFixed(3)} | ${residentMb.toFixed(0)} MB | ${remakeMs.toFixed(0)} ms | ${loadMs.toFixed(0)} ms |\n`,
        )
      } finally {
        rmSync(place, { recursive: true })
      }
    }
}

function inProcess<T>(work: string, driver: string, count: number, place: string): T {
  const args = [
    '--disable-warning=ExperimentalWarning',
    import.meta.filename,
    work,
    driver,
    `${count}`,
    place,
  ]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

async function build(driver: VectorDriverName, count: number, place: string): Promise<Built> {
  const { build: begin } = await openVectorDriver(driver)
  mkdirSync(place, { recursive: true })
  let builder = begin(DIMENSIONS)
  let held = 0
  let addMs = 0
  const kept: Float32Array[] = []
  for (const [key, vector] of vectors(count)) {
    if (key < SEGMENT && key % 2 === 0) kept.push(vector)
    addMs += processorMs(() => builder.add(key, vector))
    if (++held < SEGMENT && key < count - 1) continue
    builder.save(join(place, `${key}`))
    builder = begin(DIMENSIONS)
    held = 0
  }
  const remake = begin(DIMENSIONS)
  const remakeMs = processorMs(() => {
    for (const [key, vector] of kept.entries()) remake.add(key, vector)
    remake.save(join(place, 'remade'))
  })
  rmSync(join(place, 'remade'))
  return { addMs: addMs / count, remakeMs }
}

async function search(driver: VectorDriverName, count: number, place: string): Promise<Searched> {
  const { open } = await openVectorDriver(driver)
  const before = process.memoryUsage.rss()
  const segments: { nearest(vector: Float32Array, count: number): Neighbour[] }[] = []
  const loadMs = processorMs(() => {
    for (const file of readdirSync(place)) segments.push(open(join(place, file), DIMENSIONS))
  })
  const questions = [...vectors(QUESTIONS, 7)].map(([, vector]) => vector)
  const found: number[][] = []
  const times = questions
    .map((question) =>
      processorMs(() => {
        const all = segments.flatMap((segment) => segment.nearest(question, WANTED))
        found.push(closest(all).map(({ key }) => key))
      }),
    )
    .sort((a, b) => a - b)
  const residentMb = (process.memoryUsage.rss() - before) / 1024 ** 2
  const exact: Neighbour[][] = Array.from({ length: COMPARED }, () => [])
  for (const [key, vector] of vectors(count))
    for (let i = 0; i < COMPARED; i++) {
      const similarity = dot(questions[i] as Float32Array, vector)
      const best = exact[i] as Neighbour[]
      if (best.length === WANTED && similarity <= (best[WANTED - 1] as Neighbour).similarity) continue
      exact[i] = closest([...best, { key, similarity }])
    }
  let right = 0
  for (const [i, best] of exact.entries()) right += best.filter(({ key }) => found[i]?.includes(key)).length
  const at = (share: number) => times[Math.floor(times.length * share)] as number
  return { loadMs, residentMb, p50: at(0.5), p95: at(0.95), recall: right / (COMPARED * WANTED) }
}

/** Numbered from 0 on, the same each time. Questions are others, about the same subjects. */
function* vectors(count: number, seed = 1): Generator<[number, Float32Array]> {
  const random = uniform(seed)
  for (let key = 0; key < count; key++) {
    const subject = uniform(1000 + Math.floor(key / OF_SUBJECT))
    yield [key, unit(Float32Array.from({ length: DIMENSIONS }, () => subject() + SPREAD * random()))]
  }
}

/** From -1 to 1; source: Lehmer, as in C++'s minstd_rand. */
function uniform(seed: number): () => number {
  let state = seed * 7919
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 1_073_741_823.5 - 1
  }
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector))
  return vector.map((one) => one / length)
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

function closest(found: readonly Neighbour[]): Neighbour[] {
  return found.toSorted((a, b) => b.similarity - a.similarity).slice(0, WANTED)
}

function processorMs(work: () => void): number {
  const began = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(began)
  return (user + system) / 1000
}
