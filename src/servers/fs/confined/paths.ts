/**
 * Paths as clients write them. `/` is the root that is served; relative paths and `~` begin there too. A path
 * that begins with the root's real path means the same file, since `list_allowed_directories` shows that one;
 * a folder of that very name inside the root can be reached by a relative path.
 */
import { MAX_DEPTH } from '../limits.ts'
import { PathProblem } from './problems.ts'

export interface ClientPath {
  /** From the root; empty for the root itself. Holds no `.` and no `..`. */
  readonly names: readonly string[]
  /** The path of something else below the root, in the form that the client used. */
  show(names: readonly string[]): string
}

/**
 * Reads a client's path. `realRoots` are the absolute paths by which the root is known. Throws PathProblem
 * `empty`, `malformed`, `too-deep`, or `outside` for one that climbs above the root.
 */
export function parsePath(path: string, realRoots: readonly string[]): ClientPath {
  if (path === '') throw new PathProblem('empty')
  if (path.includes('\0') || !path.isWellFormed()) throw new PathProblem('malformed')
  const names: string[] = []
  for (const name of splitPath(path === '~' || path.startsWith('~/') ? path.slice(1) : path)) {
    if (name !== '..') names.push(name)
    else if (names.pop() === undefined) throw new PathProblem('outside')
  }
  if (names.length > MAX_DEPTH) throw new PathProblem('too-deep')
  if (path.startsWith('/'))
    for (const root of realRoots) {
      const below = namesBelow(root, `/${names.join('/')}`)
      if (below) return { names: below, show: (shown) => joined(root, shown) }
    }
  return { names, show: (shown) => joined('/', shown) }
}

/** The names that lead from a folder to a path at or below it; undefined for any other path. No `..` in either. */
export function namesBelow(folder: string, path: string): string[] | undefined {
  const start = splitPath(folder)
  const names = splitPath(path)
  return start.every((name, index) => names[index] === name) ? names.slice(start.length) : undefined
}

/** The names of a path, without empty ones and `.`. */
export const splitPath = (path: string): string[] =>
  path.split('/').filter((name) => name !== '' && name !== '.')

const joined = (root: string, names: readonly string[]): string =>
  `${root === '/' ? '' : root}/${names.join('/')}`.replace(/(.)\/$/, '$1')
