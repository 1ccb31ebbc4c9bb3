/** What the tools of the search index tell, as far as it can be understood, and its sentences for people. */

import { isRecord, isWhole, textIn } from '../../protocol/values.ts'
import { formatSize } from '../sizes.ts'

export const INDEX_TOOLS = {
  status: 'fs_index_status',
  add: 'fs_index_add',
  remove: 'fs_index_remove',
} as const

export interface IndexedFolder {
  /** From the top folder. */
  path: string
  /** Why nothing in it is found, as a sentence. */
  problem: string | undefined
}

export interface IndexStatus {
  folders: readonly IndexedFolder[]
  /** A word; `idle`, `looking`, `reading`, `embedding`, `recognising` and `paused` are known. */
  state: string
  /** Why it is paused, as a sentence. */
  problem: string | undefined
  /** Files whose words can be searched, those that are to be read, and those that are left out. */
  files: number
  waiting: number
  leftOut: number
  /** Passages, and those of them that are found by their words alone, as yet. */
  passages: number
  withoutMeaning: number
  /** The model of meaning, for people. */
  model: string | undefined
  /** The one that finds by meaning until the model has embedded all. */
  formerModel: string | undefined
  /** Of scans and pictures without text what OCR has read, and what to do for the others: sentences. */
  scans: readonly string[]
  /** Why files are left out, or searched in part, with some of their paths. */
  problems: readonly { why: string; files: number; examples: readonly string[] }[]
  /** In bytes: all that is kept on the disk, and of that texts and vectors; undefined where it is not told. */
  bytes: { onDisk: number; texts: number; vectors: number } | undefined
  /** When all folders were looked through last, as ISO 8601. */
  lookedAt: string | undefined
}

/** Whether one file is found. */
export interface FileStatus {
  path: string
  isFound: boolean
  /** Why not, as a sentence. */
  why: string | undefined
  passages: number
}

const countIn = (value: unknown): number => (isWhole(value, 0) ? value : 0)

/** Undefined where it names no folders, not even none. */
export function indexStatusIn(value: unknown): IndexStatus | undefined {
  if (!isRecord(value) || !Array.isArray(value.folders)) return undefined
  return {
    folders: value.folders.flatMap((folder) =>
      isRecord(folder) && typeof folder.path === 'string'
        ? [{ path: folder.path, problem: textIn(folder.problem) }]
        : [],
    ),
    state: textIn(value.state) ?? 'idle',
    problem: textIn(value.problem),
    files: countIn(value.files),
    waiting: countIn(value.waiting),
    leftOut: countIn(value.leftOut),
    passages: countIn(value.passages),
    withoutMeaning: countIn(value.withoutMeaning),
    model: textIn(value.model),
    formerModel: textIn(value.formerModel),
    scans: isRecord(value.scans) ? textsIn(value.scans.told) : [],
    problems: Array.isArray(value.problems) ? value.problems.flatMap((one) => problemIn(one) ?? []) : [],
    bytes: bytesIn(value.bytes),
    lookedAt: textIn(value.lookedAt),
  }
}

function problemIn(value: unknown): IndexStatus['problems'][number] | undefined {
  const why = isRecord(value) ? textIn(value.why) : undefined
  if (!isRecord(value) || why === undefined) return undefined
  return { why, files: countIn(value.files), examples: textsIn(value.examples) }
}

const bytesIn = (value: unknown): IndexStatus['bytes'] =>
  isRecord(value)
    ? { onDisk: countIn(value.onDisk), texts: countIn(value.texts), vectors: countIn(value.vectors) }
    : undefined

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []

export function fileStatusIn(value: unknown): FileStatus | undefined {
  const file = isRecord(value) ? value.file : undefined
  if (!isRecord(file) || typeof file.path !== 'string') return undefined
  return {
    path: file.path,
    isFound: file.state === 'searched',
    why: textIn(file.why),
    passages: countIn(file.passages),
  }
}

/** Whether all that is there can be found by its words. */
export const hasAllWords = ({ state, waiting }: IndexStatus): boolean =>
  waiting === 0 && state !== 'looking' && state !== 'reading'

/** Whether it can be found by its meaning too, as far as that will ever be. */
export const hasAllMeaning = (status: IndexStatus): boolean =>
  hasAllWords(status) && (status.withoutMeaning === 0 || status.state === 'idle')

/** The indexed folder that a path is in; undefined where it is in none. */
export const indexedAs = ({ folders }: IndexStatus, path: string): string | undefined =>
  folders.find((folder) => isIn(path, folder.path))?.path

/** Whether a folder is searched, or a part of it is. */
export const isIndexed = ({ folders }: IndexStatus, folder: string): boolean =>
  folders.some(({ path }) => isIn(path, folder) || isIn(folder, path))

const isIn = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)

/** Where people keep what they read and write. */
export const DOCUMENTS = '/Documents'

/** Which folder of those that are served to begin with: that of documents where there is one, else all of them. */
export const folderToOffer = (names: readonly string[]): string =>
  names.includes(DOCUMENTS.slice(1)) ? DOCUMENTS : '/'

/** What is being done, in a few words, for a user who waits for it. */
export function progressOf(status: IndexStatus): string {
  const { files, waiting, passages, withoutMeaning } = status
  if (!hasAllWords(status))
    return waiting === 0 ? 'looking through the folders' : `reading: ${files} of ${files + waiting} files`
  return `finding out what they mean: ${passages - withoutMeaning} of ${passages} passages`
}

/** What can be found, and how: sentences. */
export function stateOf(status: IndexStatus): string[] {
  const { files, waiting, leftOut, passages, scans, problem } = status
  return [
    `${amount(files, 'file')} in ${amount(passages, 'passage')} can be found by their words${
      waiting > 0 ? `; ${waiting} are still to be read` : ''
    }.`,
    meaningOf(status),
    ...scans,
    ...(leftOut > 0 ? [`${amount(leftOut, 'file')} left out; "luca index status PATH" says why.`] : []),
    ...(problem === undefined ? [] : [`It is paused: ${problem}`]),
  ]
}

function meaningOf({ passages, withoutMeaning, model, formerModel }: IndexStatus): string {
  const embedded = passages - withoutMeaning
  if (model === undefined) return 'None is found by meaning.'
  if (withoutMeaning === 0) return `All are found by their meaning too (${model}).`
  if (formerModel === undefined)
    return `${embedded} are found by their meaning so far (${model}); the rest goes on in the background.`
  return `${model} has embedded ${embedded} of them; until it has all, ${formerModel} finds by meaning.`
}

/** What is wrong with files, and how much room it takes: lines. */
export const detailsOf = ({ problems, bytes }: IndexStatus): string[] => [
  ...problems.map(({ why, files, examples }) => {
    const others = files - examples.length
    return `${amount(files, 'file')}: ${why} ${examples.join(', ')}${others > 0 ? ` and ${others} more` : ''}`
  }),
  ...(bytes && bytes.onDisk > 0
    ? [
        `The index takes ${formatSize(bytes.onDisk)}, of which texts have ${formatSize(bytes.texts)} and vectors ${formatSize(bytes.vectors)}.`,
      ]
    : []),
]

export const amount = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
