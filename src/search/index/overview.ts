/** What keeps files from being searched whole, and how much room all of it takes. */
import type { Reader } from '../../protocol/database.ts'
import type { Counts } from './records.ts'

/** Files that share a reason. */
export interface Problem {
  /** A sentence, of one of them where it has figures. */
  readonly why: string
  readonly files: number
  /** Some of their paths. */
  readonly examples: readonly string[]
}

export interface Overview {
  /** Of files that were left alone, or searched in part; those of most files first. */
  readonly problems: readonly Problem[]
  /** In bytes: what files say, and what it means. */
  readonly texts: number
  readonly vectors: number
}

/** Of so many sentences the files are counted, and of so many reasons they are told, with so many examples. */
const MOST_SENTENCES = 200
const MOST_PROBLEMS = 5
const MOST_EXAMPLES = 3

/** Looks at all that is there, so what it gives is kept until `counts` are others. */
export class OverviewOf {
  readonly #database: Reader
  readonly #counts: () => Counts
  #known: { counts: Counts; overview: Overview } | undefined

  constructor(database: Reader, counts: () => Counts) {
    this.#database = database
    this.#counts = counts
  }

  get(): Overview {
    const counts = this.#counts()
    if (this.#known?.counts !== counts) this.#known = { counts, overview: this.#look() }
    return this.#known.overview
  }

  #look(): Overview {
    const sum = (sql: string) => this.#database.get<{ n: number | null }>(sql)?.n ?? 0
    return {
      problems: this.#problems(),
      texts: sum('SELECT sum(octet_length(content)) AS n FROM text'),
      vectors: sum('SELECT sum(octet_length(numbers)) AS n FROM vector'),
    }
  }

  #problems(): Problem[] {
    const sentences = this.#database.all<{ why: string; files: number }>(
      `SELECT problem AS why, count(*) AS files FROM file WHERE problem IS NOT NULL AND state IN ('left', 'read')
       GROUP BY problem ORDER BY files DESC LIMIT ?`,
      MOST_SENTENCES,
    )
    return [...Map.groupBy(sentences, ({ why }) => withoutFigures(why)).values()]
      .map((alike) => ({ alike, files: alike.reduce((sum, { files }) => sum + files, 0) }))
      .sort((a, b) => b.files - a.files)
      .slice(0, MOST_PROBLEMS)
      .map(({ alike, files }) => ({ why: alike[0]?.why ?? '', files, examples: this.#examples(alike) }))
  }

  #examples(sentences: readonly { why: string }[]): string[] {
    return this.#database
      .all<{ path: string }>(
        `SELECT path FROM file WHERE state IN ('left', 'read') AND problem IN (SELECT value FROM json_each(?))
         ORDER BY path LIMIT ?`,
        JSON.stringify(sentences.map(({ why }) => why)),
        MOST_EXAMPLES,
      )
      .map(({ path }) => path)
  }
}

/** Sentences that differ in figures and sizes alone say the same. */
const withoutFigures = (sentence: string): string =>
  sentence.replace(/\d[\d.,]*(?: (?:bytes|[kMGT]B))?/g, '#')
