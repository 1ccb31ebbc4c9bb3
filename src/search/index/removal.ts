/** Removes what is gone, or lies in no chosen folder: marked first, so that it is not found any more, and then taken out in steps. */
import type { Reader, Writer } from '../../protocol/database.ts'
import { below, REMOVED } from './filter.ts'
import { removePieces } from './pieces.ts'
import type { WordChanges } from './word-rows.ts'

/** Marks files that lie in no chosen folder, in the order of their paths: at most so many, after a path. Gives the last of them. */
export function markUnchosen(writer: Writer, count: number, after: string): string | undefined {
  for (const [first, end] of unchosen(writer)) {
    const files = writer.all<{ id: number; path: string }>(
      'SELECT id, path FROM file WHERE path >= ? AND path < ? AND path > ? ORDER BY path LIMIT ?',
      first,
      end,
      after,
      count,
    )
    const last = files.at(-1)
    if (!last) continue
    markRemoved(
      writer,
      files.map(({ id }) => id),
    )
    return last.path
  }
  return undefined
}

export function markRemoved(writer: Writer, files: readonly number[]): void {
  writer.run(
    `UPDATE file SET state = '${REMOVED}' WHERE id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(files),
  )
}

/** Takes out marked files, with so many pieces or files at most; gives how many of both it were. */
export function removeMarked(writer: Writer, words: WordChanges, count: number): number {
  const files = writer.all<{ id: number }>(
    `SELECT id FROM file WHERE state = '${REMOVED}' ORDER BY id LIMIT ?`,
    count,
  )
  let removed = 0
  for (const { id } of files) {
    if (removed >= count) break
    removed += removePieces(writer, words, id, count - removed)
    if (removed >= count) break
    writer.run('DELETE FROM file WHERE id = ?', id)
    removed++
  }
  return removed
}

/** Where no chosen folder is: from the first path on, and before the second. */
function unchosen(reader: Reader): [string, string][] {
  const chosen = reader
    .all<{ path: string }>('SELECT path FROM folder')
    .map(({ path }) => below(path))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const gaps: [string, string][] = []
  let from = ''
  for (const [first, end] of chosen) {
    if (first > from) gaps.push([from, first])
    if (end > from) from = end
  }
  return [...gaps, [from, LAST_PATH]]
}

const LAST_PATH = '\u{10ffff}'
