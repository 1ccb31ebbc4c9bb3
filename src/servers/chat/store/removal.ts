/** Deletes conversations for good: their messages and words are in no file of the database any longer. */
import type { Database, Writer } from '../../../protocol/database.ts'
import type { Conversation } from './shapes.ts'

/** What is freed is overwritten from now on. */
export const overwriteFreed = (database: Database): void => void database.get('PRAGMA secure_delete = ON')

export async function remove(
  database: Database,
  conversations: readonly Pick<Conversation, 'number'>[],
): Promise<void> {
  await database.transaction((writer) => {
    for (const { number } of conversations) removeOne(writer, number)
  })
  // Until then the index has the words still, and only knows that they count no longer.
  await database.run(`INSERT INTO word (word) VALUES ('optimize')`)
  await database.run(`INSERT INTO titleWord (titleWord) VALUES ('optimize')`)
  await database.checkpoint()
}

/** Those in which nothing was said since a time. */
export const changedBefore = (database: Database, time: number): Pick<Conversation, 'number'>[] =>
  database.all<{ number: number }>('SELECT number FROM conversation WHERE changed < ? LIMIT 10000', time)

/** What other conversations share with it stays. */
function removeOne(writer: Writer, number: number): void {
  const tip =
    writer.get<{ tip: number | null }>('SELECT tip FROM conversation WHERE number = ?', number)?.tip ?? null
  writer.run('DELETE FROM conversation WHERE number = ?', number)
  const isShared = 'EXISTS (SELECT 1 FROM conversation WHERE tip = m.id)'
  writer.run(
    `DELETE FROM message WHERE id IN (
       WITH RECURSIVE line AS (
         SELECT m.id, m.parent FROM message m
           WHERE m.id = ? AND NOT ${isShared} AND NOT EXISTS (SELECT 1 FROM message c WHERE c.parent = m.id)
         UNION ALL
         SELECT m.id, m.parent FROM line l JOIN message m ON m.id = l.parent
           WHERE NOT ${isShared} AND NOT EXISTS (SELECT 1 FROM message c WHERE c.parent = m.id AND c.id <> l.id)
       ) SELECT id FROM line)`,
    tip,
  )
  passOn(writer, number)
}

/** What stays is named by one that shares it. */
function passOn(writer: Writer, number: number): void {
  for (;;) {
    const last = writer.get<{ id: number }>(
      'SELECT id FROM message WHERE conversation = ? ORDER BY depth DESC LIMIT 1',
      number,
    )
    if (!last) return
    const heir = writer.get<{ number: number }>(
      `SELECT conversation number FROM message WHERE parent = ?
       UNION ALL SELECT number FROM conversation WHERE tip = ? LIMIT 1`,
      last.id,
      last.id,
    )
    // Nothing leads there any longer.
    if (!heir) writer.run('DELETE FROM message WHERE id = ?', last.id)
    else
      writer.run(
        `UPDATE message SET conversation = ? WHERE id IN (
           WITH RECURSIVE line AS (
             SELECT id, parent FROM message WHERE id = ?
             UNION ALL
             SELECT m.id, m.parent FROM line l JOIN message m ON m.id = l.parent WHERE m.conversation = ?
           ) SELECT id FROM line)`,
        heir.number,
        last.id,
        number,
      )
  }
}
