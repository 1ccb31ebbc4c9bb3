/** What stands in the library, as it is given out. */
import type { REMOVED } from './filter.ts'

/**
 * Where a file stands: `reading` while it is read, which a process that it ended leaves behind; `read` once its words can be
 * searched; `left` where it was not read, for the reason that stands beside it; `removed` with its folder, until it is swept.
 */
export type FileState = 'reading' | 'read' | 'left' | typeof REMOVED

export interface FileRecord {
  id: number
  path: string
  /** Changes whenever the file does: its size, time and number on the disk. */
  version: string
  /** In milliseconds since the epoch. */
  modifiedAt: number
  format: string
  /** ISO 639-1, or empty. */
  language: string
  state: FileState
  /** Why it was left; of one that was read, what is not searched of it. */
  problem: string | null
  /** How often its reading was begun and not ended. */
  tries: number
}

export interface PieceRecord {
  id: number
  file: number
  place: number
  /** The number of what it says, which is the same wherever the same text stands. */
  text: number
  headings: readonly string[]
  content: string
  /** 0 where lines are not known: in the end of a long file, and in what has none. */
  startLine: number
  endLine: number
  startByte: number
  endByte: number
  /** The page, sheet, slide or chapter that it begins on; 0 in a file that has none. */
  part: number
  /** Of a sheet or chapter, and the first cell; empty where there is none. */
  partName: string
  cell: string
  /** Of the text that is embedded: the same text has the same vector, wherever it lies. */
  digest: Uint8Array
}

type InPart = 'part' | 'partName' | 'cell'

export type NewPiece = Omit<PieceRecord, 'id' | 'file' | 'place' | 'text' | InPart> &
  Partial<Pick<PieceRecord, InPart>>

/** A part of the index of vectors, saved in a file. */
export interface SegmentRecord {
  /** The name of its file. */
  file: string
  driver: string
  /** It has the vectors of these numbers, from the first to the last, that there were when it was made. */
  first: number
  last: number
  /** How many vectors it has. */
  size: number
  bytes: number
  /** What its bytes add up to, part by part. */
  sums: Uint8Array
}

export interface Counts {
  /** Files whose words can be searched, and those that are left alone. */
  files: number
  left: number
  /** Where texts stand, and how many different ones there are. */
  pieces: number
  texts: number
}
