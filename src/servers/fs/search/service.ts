/** The search of this server, whole: nothing of it is opened before the first search, or the first folder to search. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type BackgroundRun, type ToolContext, ToolError } from '../../../protocol/define.ts'
import { EmbedderError } from '../../../search/embedding/embedder.ts'
import { GatewayEmbedder } from '../../../search/embedding/gateway-embedder.ts'
import type { Meaning } from '../../../search/query/search.ts'
import { quoted } from '../confined/explain.ts'
import type { Files } from '../files.ts'
import type {
  AddedFolder,
  FileSearch,
  FileStatus,
  Finished,
  Found,
  IndexStatus,
  Missing,
  QuestionOptions,
  RecognisedTexts,
  SearchCall,
  SearchedFolder,
  SimilarOptions,
} from './file-search.ts'
import { withCalls } from './meaning.ts'
import type { SearchHost } from './opened-index.ts'
import type { Page, Parts } from './parts.ts'

/** How long a question waits for what has changed, for that to be read where it is little, and for the model, in milliseconds. */
const LOOK_MS = 300
const READ_MS = 1000
const MODEL_MS = 3000
/** Files that a question has read at most before it is answered. */
const READ_BEFORE = 20
/** How long a call waits for OCR that it asks for: about five pages. */
const RECOGNISING_MS = 20_000
/** Names of the entries in the wake list. */
export const NIGHTLY = 'look'
export const EMBEDDING = 'embed'
/** How long a model of the gateway embeds at a time, and how long it is left alone after it failed, in milliseconds. */
const EMBEDDING_MS = 20_000
const EMBEDDING_AGAIN_MS = 10 * 60_000

export class FileSearchService implements FileSearch {
  readonly #files: Files
  readonly #host: SearchHost
  #parts: Promise<Parts> | undefined

  constructor(files: Files, host: SearchHost) {
    this.#files = files
    this.#host = host
  }

  async folders(): Promise<readonly SearchedFolder[]> {
    return (await this.#opened()).freshness.folders
  }

  async add(path: string, call: SearchCall): Promise<AddedFolder> {
    const parts = await this.#opened()
    const folder = parts.folderToAdd(path)
    const isNew = !parts.library.folders().includes(folder)
    if (isNew) {
      await parts.library.addFolder(folder, this.#host.clock.wall())
      parts.freshness.expire()
    }
    await this.#keepFresh(call, folder)
    await this.#embedSoon(parts, call)
    return { path: folder, isNew }
  }

  async remove(path: string, call: SearchCall): Promise<boolean> {
    const parts = await this.#opened()
    const folder = parts.chosenFolder(path)
    if (folder === undefined) return false
    // First, so that it goes on after a kill.
    await call.background('index')
    await parts.serial.run(async () => {
      await parts.library.removeFolder(folder)
      if (!parts.isChosen(folder)) await parts.workList.removeBelow(folder)
    })
    parts.freshness.expire()
    if (parts.library.folders().length === 0) await call.wake.cancel(NIGHTLY)
    await parts.library.sweep(call.signal)
    return true
  }

  async search(question: string, options: QuestionOptions, call: SearchCall): Promise<Found> {
    const parts = await this.#opened()
    const { isLooking, meaning } = await this.#freshen(parts, call)
    const { hits, stale, more, used } = await this.#answer(
      parts,
      question,
      meaning,
      this.#resolved(options),
      call,
    )
    // The model may have come after all was read, and what was saved may be damaged.
    const { opened } = parts.meaning
    if (stale || (opened && (parts.missing() > 0 || opened.vectors.isPartial))) await call.background('index')
    if (used && parts.missing() > 0) await this.#embedSoon(parts, call)
    return { hits, more, missing: this.#missing(parts, isLooking, used) }
  }

  async similar(path: string, options: SimilarOptions, call: SearchCall): Promise<Found> {
    const parts = await this.#opened()
    const { isLooking, meaning } = await this.#freshen(parts, call)
    const status = await parts.statusOf(path)
    if (status.state === 'left-out')
      throw new ToolError(`${quoted(status.path)} is not searched: ${status.why}`, { untrusted: 'file' })
    const { hits, more } = meaning
      ? await parts.similar(status.path, meaning, this.#resolved(options))
      : { hits: [], more: false }
    return { hits, more, missing: this.#missing(parts, isLooking, meaning) }
  }

  async finish(ms: number, call: SearchCall & Pick<ToolContext, 'progress'>): Promise<Finished> {
    const { work, reading, library, meaning } = await this.#opened()
    const before = reading.filesRead
    const isOver = AbortSignal.timeout(ms)
    const isDone =
      library.folders().length === 0 ||
      (await work
        .run(
          {
            signal: AbortSignal.any([call.signal, isOver]),
            turn: () => nextTurn(),
            progress: (done, total) => call.progress(done, total),
          },
          call.gateway,
        )
        .then(
          () => true,
          (error: unknown) => {
            if (call.signal.aborted) throw error
            if (error instanceof EmbedderError) meaning.failed(error)
            else if (!isOver.aborted) throw error
            return false
          },
        ))
    return { isDone, files: reading.filesRead - before }
  }

  async textOf(path: string, startLine: number, endLine: number): Promise<string | undefined> {
    const parts = await this.#opened()
    const { path: resolved, state } = await parts.statusOf(path)
    const file = state === 'searched' ? parts.library.file(resolved) : undefined
    const passages = file
      ? parts.library.piecesOf(file.id).filter((one) => one.startLine <= endLine && one.endLine >= startLine)
      : []
    return passages.length === 0 ? undefined : passages.map(({ content }) => content).join('\n')
  }

  async recognised(
    bytes: Buffer,
    parts: readonly number[],
    { signal }: Pick<SearchCall, 'signal'>,
  ): Promise<RecognisedTexts> {
    const { scanning } = await this.#opened()
    return await scanning.textsOf(bytes, parts, signal, AbortSignal.timeout(RECOGNISING_MS))
  }

  async status(): Promise<IndexStatus> {
    const { library, workList, work, freshness, scanning, meaning, missing, overview } = await this.#opened()
    const { files, pieces, left } = library.counts()
    return {
      folders: freshness.folders,
      state: work.state,
      problem: work.problem ?? meaning.problem,
      files,
      left,
      waiting: workList.size,
      passages: pieces,
      withoutMeaning: missing(),
      model: meaning.opened?.embedder.name,
      formerModel: meaning.opened && (await meaning.former())?.embedder.name,
      scans: await scanning.status(),
      overview: work.state === 'idle' && workList.size === 0 ? overview() : undefined,
      lookedAt: freshness.lookedAt,
    }
  }

  async statusOf(path: string): Promise<FileStatus> {
    return (await this.#opened()).statusOf(path)
  }

  async modelChanged(call: SearchCall): Promise<void> {
    const parts = await this.#opened()
    await parts.meaning.change()
    if (parts.library.folders().length === 0) return
    await call.background('index')
    await this.#embedSoon(parts, call)
  }

  /** The work in the background. */
  async work(run: BackgroundRun): Promise<void> {
    const parts = await this.#opened()
    const { library } = parts
    if (library.folders().length > 0 || library.lastFile() > 0) await parts.work.run(run)
  }

  /** It is night: all is looked through. */
  async woken(call: SearchCall): Promise<void> {
    const parts = await this.#opened()
    parts.freshness.expire()
    await call.background('index')
    await this.#embedSoon(parts, call)
  }

  /** Has a model of the gateway embed what has no vector yet, for a while, and comes back for the rest. */
  async embed(call: SearchCall & Pick<ToolContext, 'progress'>): Promise<void> {
    const parts = await this.#opened()
    if (!(await usesGateway(parts))) return
    const { isDone } = await this.finish(EMBEDDING_MS, call)
    if (isDone && parts.missing() === 0) return
    const wait = isDone || parts.meaning.problem !== undefined ? EMBEDDING_AGAIN_MS : 0
    await call.wake.at(EMBEDDING, this.#host.clock.wall() + wait)
  }

  async close(): Promise<void> {
    const parts = await this.#parts?.catch(() => undefined)
    await parts?.close()
  }

  #opened(): Promise<Parts> {
    this.#parts ??= import('./parts.ts')
      .then(({ openParts }) => openParts(this.#files, this.#host))
      .catch((error: unknown) => {
        // Another process may have had it open: the next call tries again.
        this.#parts = undefined
        throw error
      })
    return this.#parts
  }

  /** By words alone where the model can't embed the question. */
  async #answer(
    parts: Parts,
    question: string,
    meaning: Meaning | undefined,
    options: QuestionOptions,
    { gateway, signal }: SearchCall,
  ): Promise<Page & { used: Meaning | undefined }> {
    try {
      const page = await parts.answer(question, withCalls(meaning, gateway), options, signal)
      if (meaning === parts.meaning.opened) parts.meaning.works()
      return { ...page, used: meaning }
    } catch (error) {
      if (!(error instanceof EmbedderError)) throw error
      parts.meaning.failed(error)
      return { ...(await parts.answer(question, undefined, options, signal)), used: undefined }
    }
  }

  /** A model of the gateway embeds within calls alone: one is made for it. */
  async #embedSoon(parts: Parts, call: SearchCall): Promise<void> {
    if (!(await usesGateway(parts))) return
    try {
      await call.wake.at(EMBEDDING, this.#host.clock.wall())
    } catch (error) {
      this.#host.log.warn(
        { err: error },
        'passages are not embedded until the next search: the wake list did not take it',
      )
    }
  }

  /** Starts reading, and has the folders looked through each night. */
  async #keepFresh(call: SearchCall, folder: string): Promise<void> {
    await call.background('index')
    try {
      await call.wake.every(NIGHTLY, { cron: `${minuteOf(folder)} 3 * * *` })
    } catch (error) {
      this.#host.log.warn(
        { err: error },
        'folders are not looked through at night: the wake list did not take it',
      )
    }
  }

  /** Looks what has changed before a question is answered, and reads some of it: each for a short time, and then in the background. */
  async #freshen(
    parts: Parts,
    call: SearchCall,
  ): Promise<{ isLooking: boolean; meaning: Meaning | undefined }> {
    const { freshness, reading, workList } = parts
    const opening = parts.meaning.answering()
    const isEmpty = parts.library.folders().length === 0
    if (!isEmpty && freshness.isDue) await this.#briefly(LOOK_MS, () => freshness.look())
    const meaning = await within(MODEL_MS, opening)
    if (isEmpty) return { isLooking: false, meaning }
    await this.#briefly(READ_MS, async (signal) => {
      for (let count = 0; count < READ_BEFORE && (await reading.readSome(1, signal)) > 0; count++);
    })
    if (freshness.isLooking || workList.size > 0) await call.background('index')
    return { isLooking: freshness.isLooking, meaning }
  }

  /** A failure prevents no answer. */
  async #briefly(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const signal = AbortSignal.timeout(ms)
    const done = work(signal).catch((error: unknown) => {
      if (!signal.aborted)
        this.#host.log.warn({ err: error }, 'it could not be looked whether files have changed')
    })
    await within(ms, done)
  }

  #missing(
    { library, meaning, missing, workList }: Parts,
    isLooking: boolean,
    used: Meaning | undefined,
  ): Missing {
    return {
      isLooking,
      files: workList.size,
      passages: used ? library.missingVectors(used.modelId) : missing(),
      meaning: used
        ? undefined
        : (meaning.problem ?? 'The model of meaning is still being loaded; words alone were searched.'),
    }
  }

  /** Its folder as the library knows it. */
  #resolved<O extends QuestionOptions>(options: O): O {
    const { folder } = options
    return folder === undefined ? options : { ...options, folder: this.#files.resolved(folder).path }
  }
}

const usesGateway = async ({ meaning }: Parts): Promise<boolean> =>
  (await meaning.embedder()) instanceof GatewayEmbedder

/** What it gives within that time; undefined where it takes longer. */
function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, ms)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}

/** So that not all users of a machine have their files looked through at the same moment. */
const minuteOf = (text: string): number =>
  [...text].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 60
