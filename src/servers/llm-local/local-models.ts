/** The models of this machine: which one a request is for, whether it fits, and the process that holds it. */
import { fileURLToPath } from 'node:url'
import { fitContext } from '../../models/context.ts'
import type { ModelKind } from '../../models/describe.ts'
import { type Counted, type Engine, EngineError } from '../../models/engine.ts'
import { defaultModel, type ModelsFolder, type UsableModel } from '../../models/folder.ts'
import { type GpuBuild, whyNoGpu } from '../../models/gpu-builds.ts'
import type { ModelSettings } from '../../models/settings.ts'
import { startModel } from '../../models/start.ts'
import type { WorkerProcess } from '../../models/worker-process.ts'
import type { ChatDelta } from '../../protocol/model-delta.ts'
import { Queue } from './queue.ts'
import { ShippedEmbedder } from './shipped-embedder.ts'
import * as say from './texts.ts'
import type { Tuning } from './tuning.ts'

/** What holds a model. */
export const PROGRAM: string = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './worker/main.ts' : './llm-worker.mjs', import.meta.url),
)
/** How many requests may wait for the models. */
const MOST_WAITING = 64
/** The context of models for embeddings, in tokens: longer texts are to be split. */
const EMBEDDING_CONTEXT = 2048

export interface LocalModelsOptions {
  folder: ModelsFolder
  tuning: Tuning
  /** Memory that can be had, in bytes. */
  availableMemory(): number
  /** For GPUs. */
  builds: readonly GpuBuild[]
  log: { info(fields: object, text: string): void; warn(fields: object, text: string): void }
}

/** What is sent to a request while it is worked on. */
export interface Progress {
  signal: AbortSignal
  onPosition(position: number): void
  onDelta(delta: ChatDelta): void
}

export interface ModelListing {
  id: string
  kind: ModelKind
  context: number
  bytes: number
  loaded: boolean
  default: boolean
}

interface Held {
  worker: WorkerProcess
  model: UsableModel
  /** What it was loaded with, as text: another choice loads it anew. */
  choice: string
  context: number
  needed: number
}

export class LocalModels {
  readonly #options: LocalModelsOptions
  readonly #queue = new Queue(MOST_WAITING)
  readonly #shipped = new ShippedEmbedder()
  /** At most one of each kind, since two would share the processors and the memory. */
  readonly #held = new Map<ModelKind, Held>()
  #closed = false

  constructor(options: LocalModelsOptions) {
    this.#options = options
  }

  list(): ModelListing[] {
    const { folder } = this.#options
    const settings = this.#settings()
    const models = folder.usable()
    return models.map((model) => {
      const { id, bytes, description } = model
      const held = this.#heldFor(model)
      return {
        id,
        kind: description.kind,
        bytes,
        loaded: held !== undefined,
        context:
          held?.context ??
          fitContext(description, Number.POSITIVE_INFINITY, contextOf(model, settings)).context,
        default: defaultModel(models, description.kind, settings) === model,
      }
    })
  }

  /** Has the model of that name, or the usual one of its kind, do something. Rejects with an EngineError. */
  async request<M extends 'chat' | 'complete' | 'embed'>(
    method: M,
    name: string | undefined,
    request: Engine[M]['request'],
    { signal, onPosition, onDelta }: Progress,
  ): Promise<{ model: string; answer: Engine[M]['answer'] }> {
    const model = this.#choose(name, method === 'embed' ? 'embedding' : 'chat')
    const answer = await this.#queue.run(signal, onPosition, async () => {
      const worker = await this.#workerFor(model)
      signal.throwIfAborted()
      return worker.request(method, request, { signal, onDelta })
    })
    return { model: model.id, answer }
  }

  /** Vectors by the model of that name, or the usual one; by the one that ships without waiting for others. Rejects with an EngineError. */
  async embed(
    name: string | undefined,
    request: Engine['embed']['request'],
    progress: Progress,
  ): Promise<{ model: string; answer: Engine['embed']['answer'] }> {
    const isShipped = name === this.#shipped.name && !this.#isInFolder(name)
    return isShipped
      ? { model: name, answer: await this.#shipped.embed(request.input, progress.signal) }
      : await this.request('embed', name, request, progress)
  }

  /** Counts the tokens of a prompt. A loaded model does so at once, whatever else it is doing. */
  async count(
    name: string | undefined,
    request: Engine['count']['request'],
    signal: AbortSignal,
  ): Promise<Counted & { model: string }> {
    const model = this.#choose(name, undefined)
    const loaded = this.#heldFor(model)
    const counted = loaded
      ? await loaded.worker.request('count', request, { signal })
      : await this.#queue.run(
          signal,
          () => {},
          async () => (await this.#workerFor(model)).request('count', request, { signal }),
        )
    return { ...counted, model: model.id }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#shipped.close(), ...[...this.#held.values()].map(({ worker }) => worker.kill())])
  }

  #choose(name: string | undefined, kind: ModelKind | undefined): UsableModel {
    const { folder } = this.#options
    const models = folder.usable()
    if (name === undefined) {
      const found = defaultModel(models, kind ?? 'chat', this.#settings())
      if (!found) throw say.noModel(folder, kind ?? 'chat')
      return found
    }
    const found = models.find(({ id }) => id === name)
    if (!found) throw say.unknownModel(name, folder)
    if (kind !== undefined && found.description.kind !== kind) throw say.wrongKind(found, kind)
    return found
  }

  #isInFolder(name: string): boolean {
    return this.#options.folder.usable().some(({ id }) => id === name)
  }

  #heldFor(model: UsableModel): Held | undefined {
    const held = this.#held.get(model.description.kind)
    return held?.model === model && !held.worker.hasEnded && held.choice === choiceOf(this.#settings())
      ? held
      : undefined
  }

  /** The process that holds a model, started if need be. Only called by the request whose turn it is. */
  async #workerFor(model: UsableModel): Promise<WorkerProcess> {
    const held = this.#heldFor(model)
    if (held) return held.worker
    const settings = this.#settings()
    const { context, needed } = await this.#makeRoom(model, settings)
    const { tuning, log, builds } = this.#options
    const { worker, loaded, gpu, byLayers } = await startModel({
      program: PROGRAM,
      model,
      context,
      gpu: settings.gpu,
      threads: settings.threads ?? tuning.threads(),
      gpuLayers: settings.gpuLayers,
      layersKept: (found) => tuning.gpuLayers(found, model.description, context),
    })
    if (Object.keys(loaded.measured).length > 0) tuning.keepThreads(loaded.threads, loaded.measured)
    if (gpu) tuning.keepGpuLayers(gpu, model.description, context, byLayers)
    log.info({ model: model.id, context, ...loaded, gpu: gpu?.name, byLayers }, 'loaded a model')
    const without = whyNoGpu(settings.gpu, builds, gpu !== undefined)
    if (without) log.warn({ model: model.id, gpu: settings.gpu }, `${without.what} ${without.advice}`)
    this.#held.set(model.description.kind, { worker, model, choice: choiceOf(settings), context, needed })
    if (this.#closed) await worker.kill()
    return worker
  }

  /** Checks that a model fits before anything is ended or loaded, then ends what it takes the place of. */
  async #makeRoom(model: UsableModel, settings: ModelSettings): Promise<{ context: number; needed: number }> {
    const { kind } = model.description
    const taken = [...this.#held.values()]
      .filter(({ worker }) => !worker.hasEnded)
      // The weights are the file itself, which the kernel counts as free.
      .reduce((sum, { needed, model: { bytes } }) => sum + needed - bytes, 0)
    const limit = (settings.memoryMb ?? Number.POSITIVE_INFINITY) * 1_000_000
    const available = Math.min(limit, this.#options.availableMemory() + taken)
    const fit = fitContext(model.description, available, contextOf(model, settings))
    if (!fit.fits) throw say.doesNotFit(model, fit, available, this.#options.folder, settings)
    for (const [other, held] of this.#held)
      if (other === kind || held.needed > available - fit.needed) {
        this.#held.delete(other)
        await held.worker.kill()
      }
    return fit
  }

  #settings(): ModelSettings {
    try {
      return this.#options.folder.settings()
    } catch (cause) {
      throw new EngineError('invalid_request', (cause as Error).message, { cause })
    }
  }
}

const choiceOf = ({ default: _, ...settings }: ModelSettings): string => JSON.stringify(settings)

const contextOf = ({ description }: UsableModel, { context }: ModelSettings): number | undefined =>
  description.kind === 'embedding' ? EMBEDDING_CONTEXT : context
