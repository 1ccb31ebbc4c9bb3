/** Writes the pieces of files, within a transaction: a text goes with the last piece that has it. */
import type { Writer } from '../../protocol/database.ts'
import { searchable } from '../query/words.ts'
import type { NewPiece } from './records.ts'
import type { WordChanges } from './word-rows.ts'

/** The pieces take the place of those that the file had. Those that are the same keep their numbers. */
export function replacePieces(
  writer: Writer,
  words: WordChanges,
  file: number,
  pieces: readonly NewPiece[],
): void {
  const old = writer.all<{ id: number; text: number; digest: Uint8Array; headings: string }>(
    `SELECT piece.id AS id, text, digest, headings FROM piece JOIN text ON text.id = piece.text
     WHERE file = ? ORDER BY place`,
    file,
  )
  const byText = Map.groupBy(old, ({ digest, headings }) => nameOf(digest, headings))
  const kept = new Set<number>()
  for (const [place, piece] of pieces.entries()) {
    const headings = JSON.stringify(piece.headings)
    const same = byText.get(nameOf(piece.digest, headings))?.shift()
    const { startLine, endLine, startByte, endByte, part = 0, partName = '', cell = '' } = piece
    const where = [place, startLine, endLine, startByte, endByte, part, partName, cell]
    if (same) {
      kept.add(same.id)
      const set =
        'place = ?, startLine = ?, endLine = ?, startByte = ?, endByte = ?, part = ?, partName = ?, cell = ?'
      writer.run(`UPDATE piece SET ${set} WHERE id = ?`, ...where, same.id)
    } else {
      const text = useText(writer, words, piece, headings)
      const columns = 'file, place, startLine, endLine, startByte, endByte, part, partName, cell, text'
      writer.run(`INSERT INTO piece (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, file, ...where, text)
    }
  }
  for (const { id, text } of old) if (!kept.has(id)) removePiece(writer, words, id, text)
}

/** Removes up to so many pieces of a file, and says how many. */
export function removePieces(writer: Writer, words: WordChanges, file: number, count = -1): number {
  const pieces = writer.all<{ id: number; text: number }>(
    'SELECT id, text FROM piece WHERE file = ? LIMIT ?',
    file,
    count,
  )
  for (const { id, text } of pieces) removePiece(writer, words, id, text)
  return pieces.length
}

export function removeFile(writer: Writer, words: WordChanges, file: number): void {
  removePieces(writer, words, file)
  writer.run('DELETE FROM file WHERE id = ?', file)
}

/** The number of a text, which is there from now on. */
function useText(
  writer: Writer,
  words: WordChanges,
  { digest, content, headings: names }: NewPiece,
  headings: string,
): number {
  const known = writer.get<{ id: number; isUsed: number }>(
    'SELECT id, content IS NOT NULL AS isUsed FROM text WHERE digest = ? AND headings = ?',
    digest,
    headings,
  )
  if (known?.isUsed) return known.id
  if (known) writer.run('UPDATE text SET content = ? WHERE id = ?', content, known.id)
  const id =
    known?.id ??
    writer.run('INSERT INTO text (digest, headings, content) VALUES (?, ?, ?)', digest, headings, content)
      .lastInsertRowid
  words.set(id, searchable([...names, content].join('\n')))
  writer.run(
    `INSERT INTO waiting SELECT id, ? FROM model
     WHERE NOT EXISTS (SELECT 1 FROM embedded WHERE embedded.text = ? AND embedded.model = model.id)`,
    id,
    id,
  )
  return id
}

/** What a file no longer says is not kept; the vectors are for a while, since most that goes was moved. */
function removePiece(writer: Writer, words: WordChanges, id: number, text: number): void {
  writer.run('DELETE FROM piece WHERE id = ?', id)
  if (writer.get('SELECT 1 FROM piece WHERE text = ? LIMIT 1', text)) return
  words.set(text, undefined)
  writer.run('DELETE FROM waiting WHERE text = ?', text)
  if (writer.get('SELECT 1 FROM embedded WHERE text = ? LIMIT 1', text))
    writer.run('UPDATE text SET content = NULL WHERE id = ?', text)
  else writer.run('DELETE FROM text WHERE id = ?', text)
}

const nameOf = (digest: Uint8Array, headings: string): string =>
  `${Buffer.from(digest).toString('latin1')} ${headings}`
