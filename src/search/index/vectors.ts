/**
 * The vectors of one model, kept in step with the library. Most are in segments: graphs that were made once, saved and mapped. Those
 * since the last segment are compared one by one, until they are enough for a segment. What is lost or damaged of it is made anew
 * from the library.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fromBytes } from './half-floats.ts'
import type { Filter, Library } from './library.ts'
import { RecentVectors } from './recent.ts'
import type { SegmentRecord } from './records.ts'
import { openSegment, removeOthers, writeSegment } from './segment-file.ts'
import type { Neighbour, VectorDriver, VectorIndex, VectorIndexBuilder } from './vector-index.ts'

/** How many numbers the vectors of a segment have, all together: 8192 vectors of 512, that is 16 MB until they are in one. */
const SEGMENT_NUMBERS = 4 * 1024 * 1024
/** So many segments are put together as one: to find the nearest of eight times as many takes hardly longer. */
const PUT_TOGETHER = 8
/** How long a turn of the event loop may take, in milliseconds. */
const TURN_MS = 5
const READ_AT_ONCE = 256
/** Where a filter lets no more through, all of these are compared. */
const FEW = 2000
/** How many times as many are asked for, where many of the closest are gone or don't pass a filter. */
const MOST_WIDENED = 64
/** What each part is asked for at first. */
const LEAST_OF_PART = 32
const LAST = Number.MAX_SAFE_INTEGER

export interface VectorsOptions {
  library: Library
  /** Where segments are saved; nothing else is in it that is called `vectors-…`. */
  folder: string
  driver: VectorDriver
  /** Finds the one that made a segment, where that was another: it answers until the segment is made anew. */
  driverOf?(name: string): Promise<VectorDriver | undefined>
  /** The number of the model in the library. */
  modelId: number
  dimensions: number
  /** How many vectors make a segment. */
  segmentSize?: number
}

interface Segment {
  record: SegmentRecord
  index: VectorIndex
}

/** Numbers of vectors that are in no segment, both ends included. */
interface Gap {
  first: number
  last: number
}

export class Vectors {
  readonly #options: VectorsOptions
  readonly #segmentSize: number
  #segments: Segment[] = []
  #recent: RecentVectors
  /** What is being made of the recent ones, and how many of them are in it. */
  #unfinished: { builder: VectorIndexBuilder; added: number } | undefined
  #following: Promise<void> | undefined
  #work: Promise<unknown> = Promise.resolve()

  private constructor(options: VectorsOptions) {
    this.#options = options
    const { dimensions, segmentSize = Math.ceil(SEGMENT_NUMBERS / dimensions) } = options
    this.#segmentSize = segmentSize
    this.#recent = this.#none()
  }

  /** Opens what was saved, where it is whole, and takes in what one segment could hold besides; `follow` does the rest. */
  static async open(options: VectorsOptions, signal?: AbortSignal): Promise<Vectors> {
    const vectors = new Vectors(options)
    await vectors.#openSegments(signal)
    await vectors.#fill(signal)
    return vectors
  }

  /** How many vectors are searched, some of which may be of texts that are gone. */
  get size(): number {
    return this.#segments.reduce((sum, { index }) => sum + index.size, this.#recent.size)
  }

  /** How many there are in the library that are not searched yet. */
  get waiting(): number {
    const { library, modelId } = this.#options
    const there = this.#gaps().map(({ first, last }) => library.countVectors(modelId, first, last))
    return Math.max(0, there.reduce((sum, one) => sum + one, 0) - this.#recent.size)
  }

  /** Whether it has to be made anew in part: what was saved is damaged, or another driver made it. */
  get isPartial(): boolean {
    const isMissing = (this.#recent.keys[0] ?? LAST) < (this.#segments.at(-1)?.record.last ?? 0)
    return isMissing || this.#recent.size >= this.#segmentSize || this.#segments.some(this.#isForeign)
  }

  /**
   * The pieces that are closest in meaning, the closest first: of so many different texts that stand in files which a filter lets
   * through, each with its places.
   */
  nearest(vector: Float32Array, count: number, filter: Filter = {}): Neighbour[] {
    const { library, modelId } = this.#options
    const few = library.fewPassing(modelId, filter, FEW)
    if (few) {
      const all = this.#none()
      for (const { id, numbers } of few) all.add(id, numbers)
      return this.#places(all.nearest(vector, count), filter, count).found
    }
    for (let asked = count; ; ) {
      const { found, texts } = this.#places(this.#closest(vector, asked), filter, count)
      if (texts >= count || asked >= this.size || asked >= count * MOST_WIDENED) return found
      asked = Math.min(Math.ceil((asked * count * 1.25) / Math.max(texts, count / 8)), count * MOST_WIDENED)
    }
  }

  /**
   * Takes in what has been added to the library since. Two at once are one. Rejects with IndexNotSaved, or the signal's reason; then
   * it answers as before, and goes on the next time.
   */
  follow(signal?: AbortSignal): Promise<void> {
    this.#following ??= this.#alone(() => this.#follow(signal)).finally(() => {
      this.#following = undefined
    })
    return this.#following
  }

  /**
   * Makes segments anew of which much is gone, or that another driver made, and puts many together as one, while they go on answering.
   * Rejects as `follow` does.
   */
  tidy(signal?: AbortSignal): Promise<void> {
    return this.#alone(() => this.#tidy(signal))
  }

  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work)
    this.#work = done.catch(() => {})
    return done
  }

  async #openSegments(signal: AbortSignal | undefined): Promise<void> {
    const { library, folder, driver, driverOf, modelId, dimensions } = this.#options
    const unusable: string[] = []
    for (const record of library.segments(modelId)) {
      signal?.throwIfAborted()
      const maker = record.driver === driver.name ? driver : await driverOf?.(record.driver)
      const index = maker && (await openSegment(folder, record, maker, dimensions))
      if (index) this.#segments.push({ record, index })
      else unusable.push(record.file)
    }
    if (unusable.length > 0) await library.replaceSegments(modelId, unusable)
    removeOthers(folder, library.segmentFiles())
  }

  #none(): RecentVectors {
    const { dimensions, driver } = this.#options
    return new RecentVectors(dimensions, driver.nearestOf)
  }

  #gaps(): Gap[] {
    const gaps: Gap[] = []
    let first = 1
    for (const { record } of this.#segments) {
      if (record.first > first) gaps.push({ first, last: record.first - 1 })
      first = record.last + 1
    }
    return [...gaps, { first, last: LAST }]
  }

  async #follow(signal: AbortSignal | undefined): Promise<void> {
    for (let gap = await this.#fill(signal); gap; gap = await this.#fill(signal)) {
      await this.#build(signal)
      await this.#seal(gap)
    }
  }

  /** Takes in the vectors of the first gap, up to a segment; returns the part of the gap that is ready to be one. */
  async #fill(signal: AbortSignal | undefined): Promise<Gap | undefined> {
    const { library, modelId } = this.#options
    const recent = this.#recent
    const within = (gap: Gap) => (recent.keys[0] ?? gap.first) <= gap.last
    for (const gap of this.#gaps().filter(within)) {
      while (recent.size < this.#segmentSize) {
        const from = Math.max(gap.first, (recent.keys.at(-1) ?? 0) + 1)
        const wanted = Math.min(READ_AT_ONCE, this.#segmentSize - recent.size)
        const some = library.vectors(modelId, from, gap.last, wanted)
        for (const { id, numbers } of some) recent.add(id, numbers)
        if (some.length < wanted) break
        await nextTurn(undefined, signal && { signal })
      }
      if (recent.size >= this.#segmentSize) return { first: gap.first, last: recent.keys.at(-1) as number }
      if (recent.size > 0) return gap.last === LAST ? undefined : gap
    }
    return undefined
  }

  /** Where it was interrupted, it goes on the next time. */
  async #build(signal: AbortSignal | undefined): Promise<void> {
    const recent = this.#recent
    const { driver, dimensions } = this.#options
    this.#unfinished ??= { builder: driver.build(dimensions), added: 0 }
    const unfinished = this.#unfinished
    await inTurns(recent.size - unfinished.added, signal, () => {
      const at = unfinished.added++
      unfinished.builder.add(recent.keys[at] as number, recent.vector(at))
    })
  }

  async #seal(gap: Gap): Promise<void> {
    const { builder } = this.#unfinished as { builder: VectorIndexBuilder }
    const segment = await this.#save(builder, gap, this.#recent.size, [])
    this.#segments = [...this.#segments, segment].sort((a, b) => a.record.first - b.record.first)
    this.#recent = this.#none()
    this.#unfinished = undefined
  }

  async #save(
    builder: VectorIndexBuilder,
    gap: Gap,
    size: number,
    old: readonly Segment[],
  ): Promise<Segment> {
    const { library, folder, driver, modelId, dimensions } = this.#options
    const file = `vectors-${modelId}-${gap.first}-${gap.last}-${Date.now().toString(36)}.index`
    const saved = await writeSegment(folder, file, builder)
    const record: SegmentRecord = { file, driver: driver.name, ...gap, size, ...saved }
    const index = driver.open(join(folder, file), dimensions)
    await library.replaceSegments(
      modelId,
      old.map((one) => one.record.file),
      record,
    )
    return { record, index }
  }

  async #tidy(signal: AbortSignal | undefined): Promise<void> {
    for (const old of this.#outdated()) await this.#replace(old, signal)
    for (const old of this.#many()) await this.#replace(old, signal)
  }

  /** By one that has what is left of them. */
  async #replace(old: readonly Segment[], signal: AbortSignal | undefined): Promise<void> {
    const { library, driver, folder, modelId, dimensions } = this.#options
    const gap = { first: old[0]?.record.first ?? 0, last: old.at(-1)?.record.last ?? 0 }
    const builder = driver.build(dimensions)
    let size = 0
    for (let from = gap.first; ; ) {
      signal?.throwIfAborted()
      const some = library.vectors(modelId, from, gap.last, READ_AT_ONCE)
      await inTurns(some.length, signal, (i) => {
        const { id, numbers } = some[i] as (typeof some)[number]
        builder.add(id, fromBytes(numbers))
      })
      size += some.length
      from = (some.at(-1)?.id ?? gap.last) + 1
      if (some.length < READ_AT_ONCE) break
    }
    const made = size > 0 ? [await this.#save(builder, gap, size, old)] : []
    const files = old.map(({ record }) => record.file)
    if (size === 0) await library.replaceSegments(modelId, files)
    this.#segments = [...this.#segments.filter((one) => !old.includes(one)), ...made].sort(
      (a, b) => a.record.first - b.record.first,
    )
    for (const file of files) rmSync(join(folder, file), { force: true })
  }

  readonly #isForeign = ({ record }: Segment): boolean => record.driver !== this.#options.driver.name

  /** Neighbouring segments of which so much is gone that they fit into one, those with less than half of what they had, and foreign ones. */
  #outdated(): Segment[][] {
    const { library, modelId } = this.#options
    const groups: { old: Segment[]; live: number }[] = []
    for (const segment of this.#segments) {
      const live = library.countVectors(modelId, segment.record.first, segment.record.last)
      const group = groups.at(-1)
      const isNext = group?.old.at(-1)?.record.last === segment.record.first - 1
      if (group && isNext && group.live + live <= this.#segmentSize) {
        group.old.push(segment)
        group.live += live
      } else groups.push({ old: [segment], live })
    }
    return groups
      .filter(
        ({ old, live }) =>
          old.length > 1 || live < (old[0]?.record.size ?? 0) / 2 || old.some(this.#isForeign),
      )
      .map(({ old }) => old)
  }

  /** Neighbouring segments that were not put together yet, as soon as they are many. */
  #many(): Segment[][] {
    const groups: Segment[][] = []
    for (const segment of this.#segments) {
      if (segment.record.size > this.#segmentSize) continue
      const group = groups.at(-1)
      const isNext = group?.at(-1)?.record.last === segment.record.first - 1
      if (group && isNext && group.length < PUT_TOGETHER) group.push(segment)
      else groups.push([segment])
    }
    return groups.filter(({ length }) => length === PUT_TOGETHER)
  }

  /** Of all that is searched; the closest first. A part is asked for more where those that it gave are all among the closest. */
  #closest(vector: Float32Array, count: number): Neighbour[] {
    const parts = [this.#recent, ...this.#segments.map(({ index }) => index)]
    const { size } = this
    const first = parts.map((part) => {
      const share = Math.ceil((2 * count * part.size) / size)
      return part.nearest(vector, Math.min(count, Math.max(LEAST_OF_PART, share)))
    })
    const least = closestOf(first, count).at(-1)?.similarity ?? 0
    const isCutOff = (found: Neighbour[], part: { size: number }) =>
      found.length < Math.min(count, part.size) && (found.at(-1)?.similarity ?? 0) > least
    const all = parts.map((part, i) => {
      const found = first[i] as Neighbour[]
      return isCutOff(found, part) ? part.nearest(vector, count) : found
    })
    return closestOf(all, count)
  }

  /** Vectors → the pieces of so many texts. */
  #places(near: readonly Neighbour[], filter: Filter, count: number): { found: Neighbour[]; texts: number } {
    const { library } = this.#options
    const texts = library.textsOf(near.map(({ key }) => key))
    const places = library.placesOf([...texts.values()].flat(), filter)
    const found: Neighbour[] = []
    let taken = 0
    for (const { key, similarity } of near)
      for (const text of texts.get(key) ?? []) {
        const pieces = places.get(text)
        if (!pieces || taken === count) continue
        taken++
        for (const piece of pieces) found.push({ key: piece, similarity })
      }
    return { found, texts: taken }
  }
}

const closestOf = (found: readonly Neighbour[][], count: number): Neighbour[] =>
  found
    .flat()
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, count)

/** Does something so many times, and lets others have their turn meanwhile. */
async function inTurns(
  times: number,
  signal: AbortSignal | undefined,
  step: (i: number) => void,
): Promise<void> {
  let begun = performance.now()
  for (let i = 0; i < times; i++) {
    step(i)
    if (performance.now() - begun < TURN_MS) continue
    await nextTurn(undefined, signal && { signal })
    begun = performance.now()
  }
}
