/** The whole server over files that a test watches: it counts what is looked through, read and embedded, and can step in between. */
import type { PoolOptions } from '../../../framework/workers/pool.ts'
import type { Embedder } from '../../../search/embedding/embedder.ts'
import { EmbeddingModels } from '../../../search/embedding/models.ts'
import type { FileBytes } from '../../../search/reading/read.ts'
import { ConfinedFiles } from '../confined/confined-files.ts'
import { Root } from '../confined/root.ts'
import type { OpenFile, Survey } from '../files.ts'
import { FileSearchService } from '../search/service.ts'
import { server } from '../server.ts'
import { Settings } from '../settings.ts'
import { openWorkers } from '../work/workers.ts'

export interface Observing {
  /** Without a model words alone are searched. */
  hasModel?: boolean
  /** What jobs may take, where that is other than it is. */
  limits?: PoolOptions['limits']
  /** Its bytes were read, and it is still open. */
  onRead?(path: string): void
  /** So many bytes were asked for in one go. */
  onBytes?(path: string, length: number): void
  /** A file that a walk has found is about to be opened. */
  onOpen?(path: string): void
  /** Passages are about to go through the model. */
  onEmbed?(signal: AbortSignal | undefined): Promise<void> | undefined
  /** Files were given to a worker. */
  onJob?(names: readonly string[], ended: Promise<unknown>): void
}

export class Observed {
  readonly #observing: Observing
  /** Folders that were looked through, chosen ones and those that changed. */
  readonly walks: string[] = []
  /** Files whose bytes were read. */
  readonly reads: string[] = []
  /** Passages that went through the model. */
  embedded = 0

  constructor(observing: Observing = {}) {
    this.#observing = observing
  }

  /** Counts from none on. */
  reset(): void {
    this.walks.length = 0
    this.reads.length = 0
    this.embedded = 0
  }

  /** To be started over a folder, such as that of a `Searching`. */
  definition(root: string): typeof server {
    return {
      ...server,
      open: async (host) => {
        const files = new ObservedFiles(new Root(root), this, this.#observing)
        const models = new EmbeddingModels({
          folder: `${root}/Models`,
          shownAs: '/Models',
          state: host.directories.state,
        })
        const watched = {
          open: async () =>
            this.#observing.hasModel === false ? undefined : this.#watched(await models.open()),
          openFormer: () => models.openFormer(),
          settle: () => models.settle(),
        }
        const settings = () => host.config(Settings)
        return { files, models, search: new FileSearchService(files, { ...host, models: watched, settings }) }
      },
    }
  }

  #watched(embedder: Embedder | undefined): Embedder | undefined {
    if (!embedder) return undefined
    const embed = embedder.embed.bind(embedder)
    embedder.embed = async (texts, kind, signal) => {
      if (kind === 'passage') {
        this.embedded += texts.length
        await this.#observing.onEmbed?.(signal)
      }
      return await embed(texts, kind, signal)
    }
    return embedder
  }
}

class ObservedFiles extends ConfinedFiles {
  override readonly workers
  readonly #observed: Observed
  readonly #observing: Observing

  constructor(root: Root, observed: Observed, observing: Observing) {
    super(root)
    this.#observed = observed
    this.#observing = observing
    this.workers = openWorkers(observing.limits)
    const run = this.workers.run.bind(this.workers)
    this.workers.run = ((owner, name, args, moved) => {
      const result = run(owner, name, args, moved)
      if (name === 'readForSearch')
        observing.onJob?.(
          (args[0] as readonly FileBytes[]).map((file) => file.name),
          result,
        )
      return result
    }) as typeof run
  }

  override async openFound(path: string): Promise<OpenFile> {
    this.#observing.onOpen?.(path)
    const open = await super.openFound(path)
    const { size } = open
    return {
      size,
      stamp: () => open.stamp(),
      read: async (position, length) => {
        this.#observed.reads.push(path)
        this.#observing.onBytes?.(path, length)
        const bytes = await open.read(position, length)
        this.#observing.onRead?.(path)
        return bytes
      },
      [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
    }
  }

  override async *survey<R>(path: string, survey: Survey<R>, above: R) {
    this.#observed.walks.push(path)
    yield* super.survey(path, survey, above)
  }
}
