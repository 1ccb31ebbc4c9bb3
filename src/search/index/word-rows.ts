/** The words of texts, in an index of full texts (https://sqlite.org/fts5.html). */
import type { Reader, Writer } from '../../protocol/database.ts'
import { conditions, type Filter } from './filter.ts'

/** Texts that are compared by how much they speak for words (BM25), at most: the time that it takes stays the same with millions. */
const COMPARED = 2_000

/** The numbers of texts that have one of the words, the best first; those alone that a filter lets through, where there is one. */
export function bestTexts(reader: Reader, match: string, count: number, filter?: Filter): number[] {
  const { sql, values } = filter ? passing(filter) : { sql: '', values: [] }
  return reader
    .all<{ id: number }>(
      `SELECT id FROM (
         SELECT rowid AS id, rank AS score FROM word WHERE word MATCH ? ${sql} ORDER BY rowid DESC LIMIT ${COMPARED}
       ) ORDER BY score, id LIMIT ?`,
      match,
      ...values,
      count,
    )
    .map(({ id }) => id)
}

/** Whether a text that can be found has one of the words. */
export function hasText(reader: Reader, match: string): boolean {
  const { sql, values } = passing({})
  return reader.get(`SELECT 1 FROM word WHERE word MATCH ? ${sql} LIMIT 1`, match, ...values) !== undefined
}

function passing(filter: Filter): { sql: string; values: (string | number)[] } {
  const { where, values } = conditions(filter)
  const places = `SELECT 1 FROM piece JOIN file ON file.id = piece.file WHERE piece.text = word.rowid ${where}`
  return { sql: `AND EXISTS (${places})`, values }
}

/**
 * The words of texts that come and go in a transaction. They are written at its end: other statements have FTS5 put what it was given by then on
 * the disk, as a part of the index of its own that is soon to be merged with others.
 */
export class WordChanges {
  readonly #changes: { id: number; text: string | undefined }[] = []

  /** `text` is as `searchable` makes it; undefined where it is gone. */
  set(id: number, text: string | undefined): void {
    this.#changes.push({ id, text })
  }

  write(writer: Writer): void {
    for (const { id, text } of this.#changes)
      if (text === undefined) writer.run('DELETE FROM word WHERE rowid = ?', id)
      else writer.run('INSERT INTO word (rowid, text) VALUES (?, ?)', id, text)
  }
}
