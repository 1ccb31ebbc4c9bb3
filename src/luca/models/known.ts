/** The models that can be pulled by name: those of the project's registry, and those that were added here. */
import { join } from 'node:path'
import { CliError } from '../../command/cli-error.ts'
import { readFileBoundedSync } from '../../host/bounded-file.ts'
import { writeFileAtomic } from '../../host/write-file-atomic.ts'
import type { ModelKind } from '../../models/describe.ts'
import { REGISTRY, type RegistryEntry } from '../../models/registry.ts'
import { isRecord } from '../../protocol/values.ts'

/** A model with where it comes from. Of those that were added here, less is known. */
export interface KnownModel
  extends Pick<RegistryEntry, 'name' | 'url' | 'sha256'>,
    Partial<Omit<RegistryEntry, 'name' | 'url' | 'sha256'>> {
  kind?: ModelKind
}

/** In the folder of models. */
const FILE = 'registry.json'
const MAX_BYTES = 1024 * 1024
/** A name becomes that of a file. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$/
const SHA256 = /^[0-9a-f]{64}$/

/** Throws a CliError for what can't be a model's name. */
export function checkName(name: string): string {
  if (NAME.test(name)) return name
  throw new CliError(
    'usage',
    `"${name}" can't be a model's name: letters, digits, dots, dashes and underscores, at most 100.`,
  )
}

/** Throws a CliError for what is no SHA-256 in hex. */
export function checkDigest(text: string): string {
  const digest = text.toLowerCase().replace(/^sha256:/, '')
  if (SHA256.test(digest)) return digest
  throw new CliError('usage', 'A SHA-256 has 64 hexadecimal digits.')
}

export interface KnownModels {
  /** All, what was added here before what the project knows. */
  list(): KnownModel[]
  find(name: string): KnownModel | undefined
  /** Keeps where a model comes from, in place of what was known of it. */
  add(model: Pick<KnownModel, 'name' | 'url' | 'sha256'>): void
  /** Whether there was anything to forget: what the project knows can't be. */
  forget(name: string): boolean
}

/** Those of a folder of models. Each throws a CliError where its file can't be read. */
export function knownModels(folder: string): KnownModels {
  const path = join(folder, FILE)
  const write = (models: readonly KnownModel[]) =>
    writeFileAtomic(path, `${JSON.stringify({ models }, undefined, 2)}\n`)
  const list = () => {
    const own = addedIn(path)
    const names = new Set(own.map(({ name }) => name))
    return [...own, ...REGISTRY.filter(({ name }) => !names.has(name))]
  }
  return {
    list,
    find: (name) => list().find((model) => model.name === name),
    add: ({ name, url, sha256 }) =>
      write([...addedIn(path).filter((model) => model.name !== name), { name, url, sha256 }]),
    forget(name) {
      const own = addedIn(path)
      const rest = own.filter((model) => model.name !== name)
      if (rest.length < own.length) write(rest)
      return rest.length < own.length
    },
  }
}

function addedIn(path: string): KnownModel[] {
  try {
    const text = readFileBoundedSync(path, MAX_BYTES)
    if (text === undefined) return []
    const { models } = JSON.parse(text) as { models: unknown[] }
    return models.map(readEntry)
  } catch (cause) {
    throw new CliError(
      'failed',
      `${path} can't be read (${(cause as Error).message}); correct or remove it.`,
      { cause },
    )
  }
}

function readEntry(value: unknown): KnownModel {
  if (!isRecord(value)) throw new Error('an entry is no object')
  const { name, url, sha256 } = value
  if (typeof name !== 'string' || !NAME.test(name)) throw new Error('an entry has no proper "name"')
  if (typeof url !== 'string' || !URL.canParse(url)) throw new Error(`"${name}" has no proper "url"`)
  if (sha256 !== null && !(typeof sha256 === 'string' && SHA256.test(sha256)))
    throw new Error(`the "sha256" of "${name}" is neither null nor 64 hexadecimal digits`)
  return { name, url, sha256 }
}
