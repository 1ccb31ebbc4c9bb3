/** What this machine has for OCR: Tesseract with its languages, and poppler, which draws pages of PDF. */
import { findProgram, ProgramFailed, runProgram } from '../../host/bounded-program.ts'

export interface OcrPrograms {
  /** Paths. */
  readonly tesseract: string
  /** Undefined where pages of PDF can't be drawn. */
  readonly pdftoppm: string | undefined
  /** Such as 5.5.0. */
  readonly version: string
  /** By their codes, such as `deu`, in the order of the alphabet. */
  readonly languages: readonly string[]
  /** Whether it can tell how a page lies. */
  readonly canTurn: boolean
}

/** What is asked of Tesseract alone, and takes some milliseconds. */
const ASKING = { ms: 10_000, megabytes: 512, outputBytes: 1024 * 1024 }
/** No language, but what tells how a page lies; and what finds formulas in old versions. */
const ORIENTATION = 'osd'
const NO_LANGUAGE: ReadonlySet<string> = new Set([ORIENTATION, 'equ'])
/** Also what is trained for a whole script, such as `script/Latin`. */
export const LANGUAGE = /^[A-Za-z][A-Za-z0-9_/-]{0,40}$/

/** Undefined where there is no Tesseract that runs, or none with a language. */
export async function findOcrPrograms(): Promise<OcrPrograms | undefined> {
  const tesseract = findProgram('tesseract')
  if (tesseract === undefined) return undefined
  const { signal } = new AbortController()
  const ask = async (...args: string[]) =>
    (await runProgram(tesseract, args, { bounds: ASKING, signal })).toString().split('\n')
  try {
    const [about = ''] = await ask('--version')
    const all = (await ask('--list-langs')).slice(1).map((line) => line.trim())
    const languages = all.filter((name) => LANGUAGE.test(name) && !NO_LANGUAGE.has(name)).sort()
    if (languages.length === 0) return undefined
    return {
      tesseract,
      pdftoppm: findProgram('pdftoppm'),
      version: about.replace(/^tesseract\s+v?/, '').trim(),
      languages,
      canTurn: all.includes(ORIENTATION),
    }
  } catch (error) {
    if (error instanceof ProgramFailed) return undefined
    throw error
  }
}
