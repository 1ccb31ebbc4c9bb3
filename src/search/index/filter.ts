/** What a search may be narrowed by, in SQL. */

/** Filters of a search; what is left out matters not. */
export interface Filter {
  /** Files below this folder alone, or this one file. */
  folder?: string | undefined
  formats?: readonly string[] | undefined
  language?: string | undefined
  /** In milliseconds since the epoch: from the first on, and before the second. */
  modifiedFrom?: number | undefined
  modifiedTo?: number | undefined
}

/** From the first path below a folder up to the first that is not: `0` comes after `/`. */
export function below(folder: string): [string, string] {
  const base = folder.replace(/\/+$/, '')
  return [`${base}/`, `${base}0`]
}

/** Files of a folder that was removed are still there until they are swept, and never found. */
export const REMOVED = 'removed'

/** About `file`, each with AND before it. */
export function conditions(filter: Filter): { where: string; values: (string | number)[] } {
  const parts: string[] = [` AND file.state <> '${REMOVED}'`]
  const values: (string | number)[] = []
  const add = (part: string, ...given: (string | number)[]) => {
    parts.push(` AND ${part}`)
    values.push(...given)
  }
  if (filter.folder !== undefined)
    add('(file.path = ? OR (file.path >= ? AND file.path < ?))', filter.folder, ...below(filter.folder))
  if (filter.formats !== undefined)
    add('file.format IN (SELECT value FROM json_each(?))', JSON.stringify(filter.formats))
  if (filter.language !== undefined) add('file.language = ?', filter.language)
  if (filter.modifiedFrom !== undefined) add('file.modifiedAt >= ?', filter.modifiedFrom)
  if (filter.modifiedTo !== undefined) add('file.modifiedAt < ?', filter.modifiedTo)
  return { where: parts.join(''), values }
}

/** Whether it lets all through. */
export const isOpen = ({ folder, formats, language, modifiedFrom, modifiedTo }: Filter): boolean =>
  [folder, formats, language, modifiedFrom, modifiedTo].every((one) => one === undefined)
