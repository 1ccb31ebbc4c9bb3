/** Notes that files are about to be read, before they are: what is in one may end the process. */
import type { Writer } from '../../protocol/database.ts'
import type { FileRecord } from './records.ts'

export type NewFile = Pick<FileRecord, 'path' | 'version' | 'modifiedAt' | 'format'>

/** A file that is being read. */
export interface Begun {
  id: number
  /** How often its reading was begun before, and not ended. */
  tries: number
}

/** Gives how often its reading was begun before, and not ended. */
export function begin(writer: Writer, file: NewFile): Begun {
  const known = writer.get<FileRecord>('SELECT * FROM file WHERE path = ?', file.path)
  const tries = known?.state === 'reading' && known.version === file.version ? known.tries : 0
  if (!known) {
    const { lastInsertRowid: id } = writer.run(
      "INSERT INTO file (path, version, modifiedAt, format, language, state, tries) VALUES (?, ?, ?, ?, '', 'reading', 1)",
      file.path,
      file.version,
      file.modifiedAt,
      file.format,
    )
    return { id, tries: 0 }
  }
  writer.run(
    "UPDATE file SET version = ?, modifiedAt = ?, format = ?, state = 'reading', problem = NULL, tries = ? WHERE id = ?",
    file.version,
    file.modifiedAt,
    file.format,
    tries + 1,
    known.id,
  )
  return { id: known.id, tries }
}
