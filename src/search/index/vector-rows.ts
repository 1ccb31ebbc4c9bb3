/** Writes the vectors of texts, within a transaction: texts with the very same vector share it. */
import { createHash } from 'node:crypto'
import type { Writer } from '../../protocol/database.ts'
import { toBytes } from './half-floats.ts'

/** Forgets a model, with all that is kept of it. */
export function forgetModel(writer: Writer, id: number): void {
  for (const table of ['embedded', 'vector', 'waiting', 'segment'])
    writer.run(`DELETE FROM ${table} WHERE model = ?`, id)
  writer.run('DELETE FROM model WHERE id = ?', id)
}

/** What there may be very much of, in the order in which it can go, each table with its key. */
const OF_MODEL = [
  ['embedded', 'text'],
  ['vector', 'id'],
  ['waiting', 'text'],
] as const

/** Forgets so many rows that are kept of a model; false where there are none any more. */
export const forgetSome = (writer: Writer, id: number, count: number): boolean =>
  OF_MODEL.some(([table, key]) => {
    const some = `SELECT ${key} FROM ${table} WHERE model = ? LIMIT ?`
    return (
      writer.run(`DELETE FROM ${table} WHERE model = ? AND ${key} IN (${some})`, id, id, count).changes > 0
    )
  })

/** The number of a vector, which is kept once: that of the one with the very same numbers, where there is one. */
export function vectorId(writer: Writer, model: number, vector: Float32Array): number {
  const numbers = toBytes(vector)
  const digest = createHash('sha256').update(numbers).digest().subarray(0, 16)
  const known = writer.get<{ id: number }>(
    'SELECT id FROM vector WHERE model = ? AND digest = ?',
    model,
    digest,
  )
  return (
    known?.id ??
    writer.run('INSERT INTO vector (model, digest, numbers) VALUES (?, ?, ?)', model, digest, numbers)
      .lastInsertRowid
  )
}

/** Removes a text that no piece has, with the vectors that no other text has. */
export function removeText(writer: Writer, id: number): void {
  const vectors = writer.all<{ vector: number }>('SELECT vector FROM embedded WHERE text = ?', id)
  writer.run('DELETE FROM embedded WHERE text = ?', id)
  for (const { vector } of vectors)
    if (!writer.get('SELECT 1 FROM embedded WHERE vector = ? LIMIT 1', vector))
      writer.run('DELETE FROM vector WHERE id = ?', vector)
  writer.run('DELETE FROM text WHERE id = ?', id)
}
