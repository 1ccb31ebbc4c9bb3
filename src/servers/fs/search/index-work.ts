/** The work in the background: looks what has changed, reads that, and gives it its meaning, until nothing is left to do. */
import { DatabaseError } from '../../../host/database.ts'
import type { BackgroundRun, Clock } from '../../../protocol/define.ts'
import type { Embedder } from '../../../search/embedding/embedder.ts'
import type { ModelCalls } from '../../../search/embedding/gateway-embedder.ts'
import type { Library } from '../../../search/index/library.ts'
import { IndexNotSaved } from '../../../search/index/segment-file.ts'
import type { Meaning } from '../../../search/query/search.ts'
import type { Embedding } from './embedding.ts'
import type { Freshness } from './freshness.ts'
import { type LazyMeaning, withCalls } from './meaning.ts'
import type { Reading } from './reading.ts'
import type { Scanning } from './scanning.ts'
import type { Serial } from './serial.ts'
import type { WorkList } from './work-list.ts'

/** The name of the work. */
export const INDEX_WORK = 'index'
/** Files between which calls go first. */
const FILES_AT_ONCE = 32
/** How often it is said how far it is, in milliseconds: counting a million files that are to be read takes longer than reading some. */
const TOLD_MS = 1000
/** How long it is waited for room on a full disk before it is looked again. */
const FULL_MS = 30_000

export interface IndexWorkOptions {
  library: Library
  workList: WorkList
  meaning: LazyMeaning
  freshness: Freshness
  reading: Reading
  embedding: Embedding
  scanning: Scanning
  serial: Serial
  clock: Clock
  checkWritable(): Promise<void>
  /** What was put off can be read now: it is time for the next run. */
  onDue(): void
}

type Within = (meaning: Meaning | undefined) => Meaning | undefined

export type WorkState = 'idle' | 'looking' | 'reading' | 'embedding' | 'recognising' | 'paused'

export class IndexWork {
  readonly #options: IndexWorkOptions
  #state: Exclude<WorkState, 'looking'> = 'idle'
  /** Why it is paused. */
  problem: string | undefined
  #done = 0
  #toldAt = Number.NEGATIVE_INFINITY
  #waiting = new AbortController()

  constructor(options: IndexWorkOptions) {
    this.#options = options
  }

  get state(): WorkState {
    if (this.#state === 'paused') return this.#state
    return this.#options.freshness.isLooking ? 'looking' : this.#state
  }

  /** `calls` are of the call that it is done within, without which some models can't embed. */
  async run(run: BackgroundRun, calls?: ModelCalls): Promise<void> {
    // One for all steps, which looks once where its model is.
    const callers = new Map<Embedder, Meaning | undefined>()
    const within = (meaning: Meaning | undefined) => {
      if (!meaning) return undefined
      if (!callers.has(meaning.embedder)) callers.set(meaning.embedder, withCalls(meaning, calls))
      return callers.get(meaning.embedder)
    }
    this.#done = 0
    this.#toldAt = Number.NEGATIVE_INFINITY
    try {
      for (let isLeft = true; isLeft; ) isLeft = await this.#withRoom(run, () => this.#step(run, within))
    } finally {
      this.#state = 'idle'
      this.problem = undefined
      this.#waitForNext()
    }
  }

  /** Nothing is waited for any more. */
  close(): void {
    this.#waiting.abort()
  }

  /** Files that were put off have a run of their own, as nothing else may happen until then. */
  #waitForNext(): void {
    const { workList, clock, onDue } = this.#options
    if (this.#waiting.signal.aborted) return
    this.#waiting.abort()
    this.#waiting = new AbortController()
    const now = clock.wall()
    const next = workList.nextTime(now)
    if (next !== undefined) clock.wait(next - now, this.#waiting.signal).then(onDue, () => {})
  }

  /** Whether something may be left to do. */
  async #step(run: BackgroundRun, within: Within): Promise<boolean> {
    const { freshness, reading, scanning } = this.#options
    await run.turn()
    if (freshness.isDue) await unless(run.signal, freshness.look())
    this.#state = 'reading'
    const files = await reading.readSome(FILES_AT_ONCE, run.signal)
    if (files > 0) return this.#told(run, files)
    this.#state = 'embedding'
    const opened = within(await this.#options.meaning.open())
    const passages = opened ? await this.#embed(opened, run) : 0
    if (passages > 0) return this.#told(run, passages)
    this.#state = 'recognising'
    if (await scanning.readOne(run.signal)) return this.#told(run, 1, await scanning.waiting())
    if (opened && !(await this.#rest(opened, run))) return true
    return freshness.isDue
  }

  /** Gives how many passages it were. */
  async #embed(opened: Meaning, run: BackgroundRun): Promise<number> {
    const { embedding, meaning } = this.#options
    const passages = await embedding.embedSome(opened, run.signal, () => run.turn())
    meaning.works()
    return passages
  }

  /** What is done once all files are known. False where another model was chosen meanwhile, whose vectors are none to forget. */
  async #rest({ vectors, modelId }: Meaning, { signal, turn }: BackgroundRun): Promise<boolean> {
    const { library, serial, meaning } = this.#options
    await vectors.follow(signal)
    await turn()
    if (meaning.opened?.modelId !== modelId) return false
    meaning.settle()
    await library.forgetModels([modelId])
    await serial.run(() => library.forgetUnchosen(signal))
    await library.sweep(signal)
    await vectors.tidy(signal)
    return true
  }

  #told(run: BackgroundRun, count: number, scans = 0): true {
    const { workList, meaning, library, clock } = this.#options
    this.#done += count
    const now = clock.monotonic()
    if (now - this.#toldAt < TOLD_MS) return true
    this.#toldAt = now
    const files = workList.size
    const opened = meaning.opened
    const passages = files === 0 && opened ? library.missingVectors(opened.modelId) : 0
    run.progress(this.#done, this.#done + files + passages + scans)
    return true
  }

  /** Where the disk is full it waits for room, and does it again. */
  async #withRoom(run: BackgroundRun, step: () => Promise<boolean>): Promise<boolean> {
    const { checkWritable, clock } = this.#options
    try {
      return await step()
    } catch (error) {
      if (!isFull(error)) throw error
      this.#state = 'paused'
      this.problem =
        error instanceof IndexNotSaved
          ? error.message
          : 'The disk is full. Searching goes on with what was read; the rest is read once there is room.'
      for (;;) {
        await clock.wait(FULL_MS, run.signal)
        try {
          await checkWritable()
          break
        } catch (still) {
          if (!isFull(still)) throw still
        }
      }
      this.problem = undefined
      return true
    }
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof IndexNotSaved ||
  (error instanceof DatabaseError && error.problem === 'full') ||
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException)?.code ?? '')

/** What others wait for as well, which goes on where this one stops. */
const unless = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
