/**
 * What the tools work on. Paths are as the client wrote them. Every method throws a ToolError, with a sentence
 * that helps, for whatever is wrong with a path, the file there or the disk. What is there is changed, moved or deleted with
 * the caller's consent alone, which is asked for when all else is in order; what is new needs none.
 */
import type { Kind } from './confined/entries.ts'
import type { Stamp, Survey, SurveyedFile } from './confined/survey.ts'
import type { Descendant, Traversal } from './confined/traverse.ts'
import type { Saving } from './saving.ts'
import type { Workers } from './work/workers.ts'

export type { Descendant, Kind, Stamp, Survey, SurveyedFile, Traversal }

/**
 * What a link leads to in the end; `nothing` where it is broken, `outside` where it leaves the root, `unknown` where that
 * may not be looked at.
 */
export type LinkEnd = Exclude<Kind, 'link'> | 'nothing' | 'outside' | 'unknown'

/** The part of a call that long work needs. */
export interface Caller {
  readonly signal: AbortSignal
  /** Who it is, as an opaque id. */
  readonly caller: string | undefined
  may(capability: string): boolean
  /** Whether a person must agree to any change. */
  readonly mustAsk?: boolean
  progress(progress: number, total?: number, message?: string): void
  /** Throws unless a person agreed that what `state` names is destroyed; `what` goes on after "would". */
  consent(what: string, state: string): void
}

export interface FileInfo {
  readonly kind: Kind
  readonly size: number
  readonly created: Date
  readonly modified: Date
  readonly accessed: Date
  /** The permission bits alone. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** A regular file, open for reading until it is disposed. */
export interface OpenFile extends AsyncDisposable {
  readonly size: number
  /** At most `length` bytes; fewer only where the file ends. */
  read(position: number, length: number): Promise<Buffer>
  /** What the file is now, whatever has its name by now. */
  stamp(): Promise<Stamp>
}

export interface Entry {
  readonly name: string
  readonly kind: Kind
  /** Of a link, its own; undefined if the entry is gone by now, or may not be looked at. Asked of the disk each time. */
  details(): { readonly size: number; readonly modified: Date } | undefined
  /** Of a link. Asked of the disk each time. */
  leadsTo(): LinkEnd
}

/** Makes the new content of a file of its old one; undefined leaves it. */
export type Changing = (content: Buffer) => Uint8Array | undefined | Promise<Uint8Array | undefined>

/** What became of a file that was written. */
export interface Written {
  /** How many other names it had (hard links), which keep the old content. */
  readonly otherNames: number
}

export interface Files {
  /** The real path of the root. */
  readonly rootPath: string
  /** For what must not be done between the calls. */
  readonly workers: Workers
  /** Files that have not come whole yet. */
  readonly saving: Saving
  /** The path of something below `path`, in the form of `path`; `below` has slashes. */
  pathBelow(path: string, below: string): string
  /**
   * The path of what there is to read: `path` itself, or, where nothing has that name, the one that looks like it, if it is
   * the only one. Never throws; what is wrong with a path is reported when it is opened.
   */
  spelled(path: string): string
  /** The path from the root, without a slash at its start. */
  fromRoot(path: string): string
  info(path: string): Promise<FileInfo>
  /** The path from the top folder of what is there, with "/" at its start and links resolved, and what it is. */
  resolved(path: string): { readonly path: string; readonly kind: Kind }
  open(path: string): Promise<OpenFile>
  /** As `open`, for a path that was found by going through folders: a link that has come to be on the way is not followed. */
  openFound(path: string): Promise<OpenFile>
  /** In no order. */
  entries(path: string): AsyncGenerator<Entry>
  /** Each folder before what is in it, in the order of names; links are not followed. */
  descendants(path: string, traversal: Traversal): AsyncGenerator<Descendant>
  /** All files below a folder with what tells whether they have changed, some at a time, in no order; links are not followed. */
  survey<R>(path: string, survey: Survey<R>, above: R): AsyncGenerator<SurveyedFile[]>
  /** Puts the whole content in place of the old one at once, or creates the file. */
  write(path: string, content: Uint8Array, caller: Caller): Promise<Written>
  /**
   * Makes a new file, with the folders on the way, and gives its path. Where its name is taken, by whatever, it gets the first free one
   * such as `name (2).pdf`.
   */
  create(path: string, content: Uint8Array, caller: Pick<Caller, 'signal'>): Promise<string>
  /**
   * Changes a file of at most `maxBytes`. No other change made through this interface comes in between; one made
   * otherwise is noticed.
   */
  edit(path: string, maxBytes: number, change: Changing, caller: Caller): Promise<Written>
  /** Adds to the end of a file, which then has at most `maxBytes`, or creates it. */
  append(path: string, maxBytes: number, content: Uint8Array, caller: Caller): Promise<Written>
  /** With all folders on the way. Fine if it exists. */
  makeFolder(path: string): Promise<void>
  /** Never overwrites. */
  move(source: string, destination: string, caller: Caller): Promise<void>
  /** A link itself, not its target. A folder that is not empty needs `recursive`. */
  remove(path: string, recursive: boolean, caller: Caller): Promise<void>
}
