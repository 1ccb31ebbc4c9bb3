/** The folder of models: what lies in it is there, however it came. */
import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { describeModel, type ModelDescription, type ModelKind } from './describe.ts'
import { GgufError } from './gguf.ts'
import { type ModelSettings, parseSettings } from './settings.ts'

export const MODEL_SUFFIX = '.gguf'
/** What `luca model use` and `luca model settings` chose. */
const SETTINGS_FILE = 'settings.json'
const MAX_SETTINGS_BYTES = 64 * 1024
/** A model in several files is opened by its first. */
const PART = /-(\d{5})-of-\d{5}$/

export interface ModelFile {
  /** The file's name without its suffix; how the model is asked for. */
  id: string
  path: string
  bytes: number
  /** What it is; undefined where it can't be used, with the reason in `problem`. */
  description: ModelDescription | undefined
  problem: string | undefined
}

/** A model that can be used. */
export type UsableModel = ModelFile & { description: ModelDescription }

export class ModelsFolder {
  readonly path: string
  /** By path: what was read, and the state of the file then. */
  readonly #known = new Map<string, { stamp: string; model: ModelFile }>()

  constructor(path: string) {
    this.path = path
  }

  /** All model files, by their names, the faulty ones too. Empty where the folder is not there. */
  list(): ModelFile[] {
    const models = names(this.path)
      .filter((name) => name.endsWith(MODEL_SUFFIX) && !name.startsWith('.'))
      .map((name) => name.slice(0, -MODEL_SUFFIX.length))
      .filter((id) => Number(PART.exec(id)?.[1] ?? 1) === 1)
      .map((id) => this.#look(id))
    return models.filter((model) => model !== undefined).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Those that can be used. */
  usable(): UsableModel[] {
    return this.list().filter((model): model is UsableModel => model.description !== undefined)
  }

  settings(): ModelSettings {
    return parseSettings(readBounded(this.settingsPath), this.settingsPath)
  }

  get settingsPath(): string {
    return join(this.path, SETTINGS_FILE)
  }

  pathOf(id: string): string {
    return join(this.path, id + MODEL_SUFFIX)
  }

  #look(id: string): ModelFile | undefined {
    const path = this.pathOf(id)
    const stat = statOf(path)
    if (!stat?.isFile()) return undefined
    const stamp = `${stat.ino} ${stat.size} ${stat.mtimeMs}`
    const known = this.#known.get(path)
    if (known?.stamp === stamp) return known.model
    const model = { id, path, bytes: stat.size, ...describeOrProblem(path) }
    this.#known.set(path, { stamp, model })
    return model
  }
}

/** The model that is used where none is named: the chosen one, else the first by name. */
export const defaultModel = (
  models: readonly UsableModel[],
  kind: ModelKind,
  settings: ModelSettings,
): UsableModel | undefined => {
  const ofKind = models.filter(({ description }) => description.kind === kind)
  return ofKind.find(({ id }) => id === settings.default[kind]) ?? ofKind[0]
}

function describeOrProblem(path: string): Pick<ModelFile, 'description' | 'problem'> {
  try {
    return { description: describeModel(path), problem: undefined }
  } catch (error) {
    const problem =
      error instanceof GgufError
        ? error.message
        : `it can't be read (${(error as NodeJS.ErrnoException).code})`
    return { description: undefined, problem }
  }
}

/** Of what a link points to; undefined where that is nothing, a circle, or not to be seen. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function readBounded(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  if (!stat.isFile()) throw new Error(`${path} is no file; remove it.`)
  if (stat.size > MAX_SETTINGS_BYTES) throw new Error(`${path} is too large for settings; remove it.`)
  return readFileSync(path, 'utf8')
}
