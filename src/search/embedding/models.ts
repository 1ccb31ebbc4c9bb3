/**
 * Which embedding model a user has chosen, and which they could: the one that ships, a folder that they put there, one of the
 * gateway's, or none. A chosen
 * folder is used as it was then: files that others may write must not become programs of another kind without being looked at.
 */
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { LOCAL } from '../../contracts/model-aliases.ts'
import { readFileBoundedSync } from '../../host/bounded-file.ts'
import { writeFileAtomic } from '../../host/write-file-atomic.ts'
import { CallError, type GatewayModel } from '../../protocol/define.ts'
import { isRecord, isWhole, parsedJson } from '../../protocol/values.ts'
import { type Embedder, EmbedderError } from './embedder.ts'
import {
  GATEWAY_TOKENS,
  GatewayEmbedder,
  type GatewayModelChoice,
  type ModelCalls,
} from './gateway-embedder.ts'
import { TOKENIZER_FILE } from './model-folder.ts'
import { isShippedModelThere, openShippedEmbedder, SHIPPED_MODEL } from './shipped.ts'

/** Chosen where words alone are to find files. */
export const NO_MODEL = 'disabled'
const CHOICE_FILE = 'embedding-model.json'
const MAX_CHOICE_BYTES = 4096
const CHOOSE = 'choose one with "luca search models use NAME"'
/** How long the texts are that the speed of a model is measured with, and how many. */
const MAX_DIMENSIONS = 4096
const TRIAL_TEXTS = Array.from({ length: 8 }, (_, i) => `The ${i + 1}. text that is timed. `.repeat(5))

/** Of what it is: `machine` and `elsewhere` are the gateway's. */
export type ModelSource = 'shipped' | 'folder' | 'machine' | 'elsewhere' | 'none'

export interface EmbeddingModel {
  readonly name: string
  readonly source: ModelSource
  /** Of one that is elsewhere: whom texts are sent to. */
  readonly provider?: string
  readonly isChosen: boolean
  /** Why it can't be used, as far as that is seen without running it. */
  readonly problem: string | undefined
}

export interface CheckedModel {
  readonly name: string
  readonly dimensions: number
  /** Longer texts are cut. */
  readonly maxTokens: number
  /** With texts of about 35 tokens, now. */
  readonly textsPerSecond: number
}

interface Choice {
  name: string
  /** Of a folder: what it was when it was chosen. */
  id?: string
  /** Of one of the gateway's: what it was when it was chosen. */
  gateway?: GatewayModelChoice
  /** What was used before, whose index answers until this one has embedded all. */
  former?: Choice
}

export interface EmbeddingModelsOptions {
  /** Holds a folder for each model that the user has put there; need not exist. */
  folder: string
  /** How the user knows that folder. */
  shownAs: string
  /** Where the choice is kept; the shipped model is used without. */
  state: string | undefined
}

/** What opens the models that were chosen. */
export type ChosenModels = Pick<EmbeddingModels, 'open' | 'openFormer' | 'settle'>

export class EmbeddingModels {
  readonly #folder: string
  readonly #shownAs: string
  readonly #state: string | undefined

  constructor({ folder, shownAs, state }: EmbeddingModelsOptions) {
    this.#folder = folder
    this.#shownAs = shownAs
    this.#state = state
  }

  /**
   * All that could be chosen, with those of the gateway where these are given, and one that was and is gone. Throws an EmbedderError where
   * the choice can't be read.
   */
  list(others?: readonly GatewayModel[]): EmbeddingModel[] {
    const { name: chosen, gateway } = this.#choice()
    const known: Omit<EmbeddingModel, 'isChosen'>[] = [
      {
        name: SHIPPED_MODEL,
        source: 'shipped',
        problem: isShippedModelThere() ? undefined : 'It is not installed yet.',
      },
      ...this.#folders().map((name) => ({ name, source: 'folder' as const, problem: undefined })),
    ]
    for (const other of others ?? [])
      if (
        (isForMeaning(other) || (gateway && other.name === chosen)) &&
        !known.some(({ name }) => name === other.name)
      )
        known.push({ name: other.name, ...placeOf(other.provider), problem: undefined })
    known.push({ name: NO_MODEL, source: 'none', problem: undefined })
    if (!known.some(({ name }) => name === chosen))
      known.push(
        gateway
          ? {
              name: chosen,
              ...placeOf(gateway.provider),
              problem: others ? 'The gateway does not have it any more.' : undefined,
            }
          : { name: chosen, source: 'folder', problem: `It is not in ${this.#shownAs} any more.` },
      )
    return known.map((model) => ({ ...model, isChosen: model.name === chosen }))
  }

  /** Runs a model once. Rejects with an EmbedderError that says what is wrong with it. */
  async check(name: string, calls?: ModelCalls): Promise<CheckedModel> {
    const other = await this.#other(name, calls)
    if (other && calls) return await tried(other, calls)
    const embedder = await this.#open({ name })
    if (!embedder) return { name, dimensions: 0, maxTokens: 0, textsPerSecond: 0 }
    try {
      const before = performance.now()
      await embedder.embed(TRIAL_TEXTS, 'passage')
      const seconds = (performance.now() - before) / 1000
      const { dimensions, maxTokens } = embedder
      return { name, dimensions, maxTokens, textsPerSecond: Math.round(TRIAL_TEXTS.length / seconds) }
    } finally {
      await embedder.close()
    }
  }

  /** Checks a model and uses it from now on. Rejects with an EmbedderError, and then nothing has changed. */
  async use(name: string, calls?: ModelCalls): Promise<CheckedModel> {
    if (this.#state === undefined)
      throw new EmbedderError('This server keeps nothing, so the choice of a model would be lost.')
    const other = await this.#other(name, calls)
    if (other && calls) {
      const checked = await tried(other, calls)
      const gateway = { name, provider: other.provider, dimensions: checked.dimensions }
      this.#choose(this.#state, { name, gateway })
      return checked
    }
    const path = this.#source(name) === 'folder' ? this.#pathOf(name) : undefined
    const { identifyModel } = await import('./onnx-embedder.ts')
    const id = path && (await this.#telling(identifyModel(path)))
    const checked = await this.check(name)
    this.#choose(this.#state, id === undefined ? { name } : { name, id })
    return checked
  }

  /** Whom texts would be sent to if this model were used; undefined where they stay on this machine. Rejects as a call of the gateway does. */
  async elsewhere(name: string, calls: ModelCalls): Promise<string | undefined> {
    const other = await this.#other(name, calls)
    return other && other.provider !== LOCAL ? other.provider : undefined
  }

  /** Opens the chosen one; undefined where that is none. Rejects with an EmbedderError. */
  async open(): Promise<Embedder | undefined> {
    return await this.#open(this.#choice())
  }

  /**
   * Opens the one that was used before, until `settle`: its index answers while texts are embedded anew. Undefined where there is none.
   * Rejects with an EmbedderError.
   */
  async openFormer(): Promise<Embedder | undefined> {
    const { former } = this.#choice()
    return former && (await this.#open(former))
  }

  /** The chosen one has embedded all: the former one answers no more. */
  settle(): void {
    if (this.#state === undefined) return
    const { former, ...choice } = this.#choice()
    if (former) this.#keep(this.#state, choice)
  }

  #choose(state: string, choice: Choice): void {
    const former = this.#formerOf(choice)
    this.#keep(state, former ? { ...choice, former } : choice)
  }

  /** Of several changes the first one, which has embedded all. Whoever is elsewhere gets no question after another was chosen. */
  #formerOf({ name }: Choice): Choice | undefined {
    try {
      const { former, ...current } = this.#choice()
      const kept = former ?? current
      const isElsewhere = kept.gateway !== undefined && kept.gateway.provider !== LOCAL
      return isElsewhere || [kept.name, name].includes(NO_MODEL) || kept.name === name ? undefined : kept
    } catch (error) {
      // A choice that can't be read is replaced.
      if (error instanceof EmbedderError) return undefined
      throw error
    }
  }

  #keep(state: string, choice: Choice): void {
    writeFileAtomic(join(state, CHOICE_FILE), `${JSON.stringify(choice)}\n`)
  }

  /** The gateway's model of that name; undefined where it is one of ours. */
  async #other(name: string, calls: ModelCalls | undefined): Promise<GatewayModel | undefined> {
    if (!calls || this.#source(name) !== 'folder' || this.#folders().includes(name)) return undefined
    return (await calls.models()).find((model) => model.name === name)
  }

  async #open({ name, id, gateway }: Choice): Promise<Embedder | undefined> {
    if (gateway) return new GatewayEmbedder(gateway)
    const source = this.#source(name)
    if (source === 'none') return undefined
    if (source === 'shipped') return await openShippedEmbedder()
    const path = this.#pathOf(name)
    const { identifyModel, openOnnxEmbedder } = await import('./onnx-embedder.ts')
    const own = await this.#telling(identifyModel(path))
    if (id !== undefined && own !== id)
      throw new EmbedderError(
        `The embedding model "${name}" has changed since it was chosen; "luca search models use ${name}" uses it as it is now.`,
      )
    return await this.#telling(openOnnxEmbedder(path, { id: own }))
  }

  /** Errors name the folder as the user knows it. */
  async #telling<T>(opening: Promise<T>): Promise<T> {
    try {
      return await opening
    } catch (cause) {
      if (!(cause instanceof EmbedderError)) throw cause
      throw new EmbedderError(this.#shown(cause.message), { cause })
    }
  }

  #shown(text: string): string {
    return text.replaceAll(this.#folder, this.#shownAs)
  }

  #source(name: string): 'none' | 'shipped' | 'folder' {
    if (name === NO_MODEL) return 'none'
    return name === SHIPPED_MODEL ? 'shipped' : 'folder'
  }

  /** The folder of a model. Throws an EmbedderError where it is none, or has links in it: they may lead anywhere. */
  #pathOf(name: string): string {
    const names = this.#folders()
    if (!names.includes(name))
      throw new EmbedderError(
        `There is no embedding model "${name}"; these are known: ${[SHIPPED_MODEL, ...names, NO_MODEL].join(', ')}. A folder with a model and its ${TOKENIZER_FILE} in ${this.#shownAs} is another.`,
      )
    const path = join(this.#folder, name)
    for (const entry of readdirSync(path, { recursive: true, withFileTypes: true }))
      if (!entry.isFile() && !entry.isDirectory())
        throw new EmbedderError(
          `${this.#shown(join(entry.parentPath, entry.name))} is a link; put the file itself there.`,
        )
    return path
  }

  #folders(): string[] {
    try {
      return readdirSync(this.#folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && this.#isModel(entry.name))
        .map(({ name }) => name)
        .filter((name) => name !== NO_MODEL && name !== SHIPPED_MODEL)
        .sort()
    } catch {
      return []
    }
  }

  #isModel(name: string): boolean {
    const file = lstatSync(join(this.#folder, name, TOKENIZER_FILE), { throwIfNoEntry: false })
    return file?.isFile() === true
  }

  #choice(): Choice {
    const path = this.#state && join(this.#state, CHOICE_FILE)
    if (!path) return { name: SHIPPED_MODEL }
    let text: string | undefined
    try {
      text = readFileBoundedSync(path, MAX_CHOICE_BYTES)
    } catch (error) {
      throw new EmbedderError(`Which embedding model is used can't be read; ${CHOOSE}.`, { cause: error })
    }
    if (text === undefined) return { name: SHIPPED_MODEL }
    const choice = choiceIn(text)
    if (!choice) throw new EmbedderError(`What says which embedding model is used is damaged; ${CHOOSE}.`)
    return choice
  }
}

const placeOf = (provider: string): Pick<EmbeddingModel, 'source' | 'provider'> =>
  provider === LOCAL ? { source: 'machine' } : { source: 'elsewhere', provider }

/** Of models elsewhere only the name tells what they are for. */
const isForMeaning = ({ name, provider, kind }: GatewayModel): boolean =>
  kind === 'embedding' || (kind === undefined && provider !== LOCAL && /embed/i.test(name))

/** Has it embed a few texts. Rejects with an EmbedderError. */
async function tried({ name, provider }: GatewayModel, calls: ModelCalls): Promise<CheckedModel> {
  const before = performance.now()
  let vectors: number[][]
  try {
    vectors = await calls.embed(TRIAL_TEXTS, { model: name })
  } catch (cause) {
    if (!(cause instanceof CallError)) throw cause
    throw new EmbedderError(`The model "${name}" gave no vectors: ${cause.message}`, { cause })
  }
  const seconds = (performance.now() - before) / 1000
  const dimensions = vectors[0]?.length ?? 0
  const isMeaning = vectors.every(
    (vector) => vector.length === dimensions && vector.every(Number.isFinite) && vector.some(Boolean),
  )
  if (dimensions === 0 || dimensions > MAX_DIMENSIONS || !isMeaning)
    throw new EmbedderError(`The model "${name}" at "${provider}" gives no vectors that can be compared.`)
  const textsPerSecond = Math.round(TRIAL_TEXTS.length / seconds)
  return { name, dimensions, maxTokens: GATEWAY_TOKENS, textsPerSecond }
}

function choiceIn(text: string): Choice | undefined {
  const value = parsedJson(text)
  const choice = oneIn(value)
  const former = isRecord(value) ? oneIn(value.former) : undefined
  return choice && former ? { ...choice, former } : choice
}

function oneIn(value: unknown): Choice | undefined {
  if (!isRecord(value) || typeof value.name !== 'string') return undefined
  const { name, id, gateway } = value
  if (!isRecord(gateway)) return typeof id === 'string' ? { name, id } : { name }
  const { provider, dimensions } = gateway
  if (typeof provider !== 'string' || !isWhole(dimensions, 1)) return undefined
  return { name, gateway: { name, provider, dimensions } }
}
