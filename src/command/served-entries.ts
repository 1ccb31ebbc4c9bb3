/** The entries of the folders that are served. */
import type { Context } from './command.ts'
import { servedPath } from './served-paths.ts'

/** What an entry of a served folder is, for people. */
export interface EntryKind {
  /** As the v1 method says it: `file`, `directory`, `symlink`, `other` or `inaccessible`. */
  type: string
  /** Of a symlink, the type of what is at its end; `nothing` or `outside` where nothing can be reached. */
  leads_to?: string | undefined
}

/** An entry as the v1 method gives it. */
export interface Entry extends EntryKind {
  name: string
  path: string
  size: number
  modified_at: string
}

/** What a folder holds; the path may be relative to where the person is. */
export const listFolder = async (context: Context, path: string): Promise<Entry[]> =>
  (await context.gateway()).v1('mcp.fs.list', [servedPath(context.cwd, path)], context.signal)

/** Whether it can be opened as a folder: a link that leads to one can. */
export const opensAsFolder = ({ type, leads_to }: EntryKind): boolean =>
  type === 'directory' || (type === 'symlink' && leads_to === 'directory')

/** A word or two for what is no plain file or folder; undefined for those. */
export function markOf({ type, leads_to }: EntryKind): string | undefined {
  if (type === 'symlink')
    return leads_to === 'nothing' ? 'broken link' : leads_to === 'outside' ? 'link outside' : 'link'
  return type === 'other' ? 'special' : type === 'inaccessible' ? type : undefined
}

/** Why it can't be read as a file; undefined where it can, or where only the server knows. */
export function unreadable({ type, leads_to }: EntryKind): string | undefined {
  const what = type === 'symlink' ? leads_to : type
  if (what === 'nothing') return 'This link is broken: what it leads to is not there.'
  if (what === 'outside') return "This link leads out of the served files, and can't be followed."
  if (what === 'other') return 'This is a pipe, a socket or a device, which has no content to show.'
  return undefined
}
