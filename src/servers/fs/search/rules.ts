/**
 * What is searched in a folder and what is not: files that say so in the language of Git (https://git-scm.com/docs/gitignore), at every
 * level below the folder that the user chose, and what is never searched (left-out.ts).
 */
import ignore, { type Ignore } from 'ignore'
import type { SurveyedFolder } from '../confined/survey.ts'
import { whyFolderLeftOut, whyNameLeftOut } from './left-out.ts'

/** Read in this order: what the later one says holds. */
export const IGNORE_FILES = ['.gitignore', '.llmbasedosignore'] as const

/** How long one of them may be, in bytes and in patterns. */
const MAX_BYTES = 256 * 1024
const MAX_PATTERNS = 5000
/** How many `**` a pattern may have: what a path is compared with takes time that grows with the power of that. */
const MAX_GLOBSTARS = 3
const GLOBSTAR = /(?:^|\/)\*{2,}(?=\/|$)/g
/** `ignore` keeps an answer for each path that it was asked about; after so many it is begun anew. */
const MOST_KEPT = 5000

/** What holds in a folder: its own patterns, and what holds above it. */
export interface Rules {
  /** The folder, with a slash at its end. */
  readonly base: string
  readonly patterns: Patterns | undefined
  readonly above: Rules | undefined
}

/** What holds in a folder that is gone into; undefined where all of it is left out. */
export function rulesIn(folder: SurveyedFolder, above: Rules | undefined): Rules | undefined {
  return whyLeftOut(folder) === undefined ? rulesOf(folder, above) : undefined
}

/** Why nothing in a folder is searched, whatever it holds; goes on after "since". */
export function whyLeftOut(folder: SurveyedFolder): string | undefined {
  try {
    patternsIn(folder)
  } catch (error) {
    return (error as Error).message
  }
  return whyFolderLeftOut(folder)
}

function rulesOf(folder: SurveyedFolder, above: Rules | undefined): Rules {
  const text = patternsIn(folder)
  const base = folder.path === '/' ? '/' : `${folder.path}/`
  return { base, patterns: text === undefined ? undefined : new Patterns(text), above }
}

/**
 * Throws where they can't be heeded: then the folder is left out, so that nothing is searched that the user meant to keep out.
 */
function patternsIn(folder: SurveyedFolder): string | undefined {
  const texts = IGNORE_FILES.map((name) => {
    let text: string | undefined
    try {
      text = folder.read(name, MAX_BYTES)?.toString()
    } catch (cause) {
      throw new Error(`its ${name} can't be read, or is longer than ${MAX_BYTES} bytes`, { cause })
    }
    const lines = text?.split('\n') ?? []
    if (lines.length > MAX_PATTERNS) throw new Error(`its ${name} has more than ${MAX_PATTERNS} lines`)
    const odd = lines.find((line) => (line.match(GLOBSTAR)?.length ?? 0) > MAX_GLOBSTARS)
    if (odd !== undefined)
      throw new Error(`its ${name} has a pattern with more than ${MAX_GLOBSTARS} times "**"`)
    return text
  }).filter((text) => text !== undefined)
  return texts.length === 0 ? undefined : texts.join('\n')
}

/** Whether an entry is searched, by its name and by the patterns from its folder up to the one that the user chose. */
export const wanted = (path: string, kind: 'file' | 'folder', rules: Rules | undefined): boolean =>
  whyUnwanted(path, kind, rules) === undefined

/** Why an entry is not searched; goes on after "since". */
export function whyUnwanted(
  path: string,
  kind: 'file' | 'folder',
  rules: Rules | undefined,
): string | undefined {
  const why = whyNameLeftOut(path.slice(path.lastIndexOf('/') + 1), kind)
  if (why !== undefined) return why
  // The nearest that says anything holds.
  for (let level = rules; level; level = level.above) {
    const said = level.patterns?.test(path.slice(level.base.length) + (kind === 'folder' ? '/' : ''))
    if (said === undefined) continue
    return said ? `a pattern in ${level.base}${IGNORE_FILES[0]} or ${IGNORE_FILES[1]} says so` : undefined
  }
  return undefined
}

/** The patterns of one folder. */
export class Patterns {
  readonly #text: string
  #ignore: Ignore
  #asked = 0

  constructor(text: string) {
    this.#text = text
    this.#ignore = made(text)
  }

  /** Whether a path below the folder is left out; undefined where no pattern says anything about it. */
  test(path: string): boolean | undefined {
    if (++this.#asked % MOST_KEPT === 0) this.#ignore = made(this.#text)
    const { ignored, unignored } = this.#ignore.test(path)
    return ignored ? true : unignored ? false : undefined
  }
}

const made = (text: string): Ignore => ignore({ ignorecase: false }).add(text)
