/** Searching the user's files by words and by meaning: what the tools ask for. service.ts does it. */
import type { PartKind } from '../../../documents/document.ts'
import type { ToolContext } from '../../../protocol/define.ts'
import type { Overview } from '../../../search/index/overview.ts'
import type { FileScanStatus, RecognisedTexts, ScanStatus } from './scanning.ts'

export type { FileScanStatus, RecognisedTexts, ScanStatus }

/** The part of a call that searching needs: work left over goes on after it, on its behalf. */
export type SearchCall = Pick<ToolContext, 'signal' | 'background' | 'wake' | 'gateway'>

/** A folder that the user chose. */
export interface SearchedFolder {
  /** From the top folder, links resolved, such as `/Documents`. */
  readonly path: string
  /** Why nothing in it is found any more, as a sentence: it is gone, or may not be read. */
  readonly problem: string | undefined
}

export interface AddedFolder {
  readonly path: string
  /** False where it was searched already. */
  readonly isNew: boolean
}

/** What a question may be narrowed by; what is left out matters not. */
export interface QuestionOptions {
  /** Files below this folder alone. */
  readonly folder?: string | undefined
  /** Such as `markdown`, `code` or `email`. */
  readonly formats?: readonly string[] | undefined
  /** ISO 639-1. */
  readonly language?: string | undefined
  /** In milliseconds since the epoch: from the first on, and before the second. */
  readonly modifiedFrom?: number | undefined
  readonly modifiedTo?: number | undefined
  /** Hits at most, and how many before them are left out. */
  readonly count: number
  readonly skip?: number | undefined
}

/** What is similar to a file, or to its passages between two lines. */
export interface SimilarOptions extends QuestionOptions {
  readonly startLine?: number | undefined
  readonly endLine?: number | undefined
}

/** Where a text stands: whole lines from 1 on, bytes from 0 on, both to the end that is meant. */
export interface Passage {
  /** From the top folder. */
  readonly path: string
  readonly startLine: number
  readonly endLine: number
  readonly startByte: number
  readonly endByte: number
  /** In a document that has some. */
  readonly part?: PassagePart
}

/** The page, sheet, slide or chapter that it begins on. */
export interface PassagePart {
  readonly kind: PartKind
  /** Counted from 1. */
  readonly number: number
  readonly name?: string
  /** The first one of it. */
  readonly cell?: string
}

/** What was found. Its file was opened for this answer, and is the one that was read. */
export interface FoundPassage extends Passage {
  readonly format: string
  /** ISO 639-1; empty where that is not known. */
  readonly language: string
  /** Of the file, in milliseconds since the epoch. */
  readonly modifiedAt: number
  /** The headings that it stands below, the outermost first. */
  readonly headings: readonly string[]
  /** The text itself. */
  readonly content: string
  /** Whether it was read from a picture by OCR, and may have mistakes. */
  readonly isRecognised: boolean
  /** The higher the better; to be compared within one answer alone. */
  readonly score: number
  /** How close its meaning is, from -1 to 1, where that is a reason to find it. */
  readonly meaning: number | undefined
  /** Words of the question that it has. */
  readonly words: readonly string[]
  /** What it has as it was written: identifiers, numbers and quoted phrases. */
  readonly exact: readonly string[]
  /** Where else the same text stands. */
  readonly copies: readonly Passage[]
}

/** What an answer does not know yet. */
export interface Missing {
  /** Whether it is still being looked what has changed. */
  readonly isLooking: boolean
  /** Files that are to be read. */
  readonly files: number
  /** Passages that are found by their words alone, as yet. */
  readonly passages: number
  /** Why meaning finds nothing, as a sentence; undefined where it does. */
  readonly meaning: string | undefined
}

export interface Found {
  readonly hits: readonly FoundPassage[]
  /** Whether more could be had by `skip`. */
  readonly more: boolean
  readonly missing: Missing
}

export interface IndexStatus {
  readonly folders: readonly SearchedFolder[]
  /** `paused` for the reason in `problem`; it goes on by itself. */
  readonly state: 'idle' | 'looking' | 'reading' | 'embedding' | 'recognising' | 'paused'
  readonly problem: string | undefined
  /** Files whose words can be searched, those that are to be read, and those that are left alone. */
  readonly files: number
  readonly waiting: number
  readonly left: number
  /** Passages, and those of them that are found by their words alone, as yet. */
  readonly passages: number
  readonly withoutMeaning: number
  /** The model of meaning, for people; undefined where there is none, or none was needed yet. */
  readonly model: string | undefined
  /** After another model was chosen the one that answers until all passages are embedded anew. */
  readonly formerModel: string | undefined
  /** Pages and pictures that OCR may read; undefined where there are none. */
  readonly scans: ScanStatus | undefined
  /** What keeps files from being searched whole, and sizes in bytes; undefined while there is work to do. */
  readonly overview: IndexOverview | undefined
  /** When all folders were looked through last, in milliseconds since the epoch. */
  readonly lookedAt: number | undefined
}

export interface IndexOverview extends Overview {
  /** All that is kept on the disk. */
  readonly onDisk: number
}

/** Whether one file is found, and why not. */
export interface FileStatus {
  readonly path: string
  readonly state: 'searched' | 'waiting' | 'left-out'
  /** A sentence; of one that is searched what is not searched of it, if anything. */
  readonly why: string | undefined
  readonly passages: number
  /** Its pages that OCR may read; undefined where it has none. */
  readonly scans: FileScanStatus | undefined
}

export interface Finished {
  /** False where the time was over before: the rest goes on in the background. */
  readonly isDone: boolean
  /** Files that were read meanwhile. */
  readonly files: number
}

/** All of it rejects with a ToolError for whatever is wrong with a path, the index or the disk. */
export interface FileSearch {
  /** The folders that the user chose; none at first. */
  folders(): Promise<readonly SearchedFolder[]>
  /** Has a folder searched from now on. Resolves once that is kept; what is in it is read in the background. */
  add(path: string, call: SearchCall): Promise<AddedFolder>
  /** Forgets a folder, and what is known of its files but for those that another folder has too. False where it was none. */
  remove(path: string, call: SearchCall): Promise<boolean>
  /** What answers a question best. Nothing for one without a word. */
  search(question: string, options: QuestionOptions, call: SearchCall): Promise<Found>
  /** What is closest in meaning to a file that is searched, the file itself and its copies left out. */
  similar(path: string, options: SimilarOptions, call: SearchCall): Promise<Found>
  /** Does what is left to do at once, instead of in the background, but for no longer than so many milliseconds. */
  finish(ms: number, call: SearchCall & Pick<ToolContext, 'progress'>): Promise<Finished>
  /**
   * What is searched of a file between two lines: of mail and web pages their text, not their code. Undefined where the file is not
   * searched, or has changed since.
   */
  textOf(path: string, startLine: number, endLine: number): Promise<string | undefined>
  /** Another embedding model was chosen: all is embedded anew, and until then the former one answers. */
  modelChanged(call: SearchCall): Promise<void>
  /**
   * The texts of pages of a document that are pictures, by their numbers, 0 for all of it: those that OCR has read of these bytes, and
   * others as far as there is a little time.
   */
  recognised(
    bytes: Buffer,
    parts: readonly number[],
    call: Pick<SearchCall, 'signal'>,
  ): Promise<RecognisedTexts>
  status(): Promise<IndexStatus>
  statusOf(path: string): Promise<FileStatus>
}
