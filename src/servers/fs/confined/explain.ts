/** Turns what went wrong with a path into a sentence that tells the caller what to do next. */
import { type May, type NameOf, ToolError, type ToolErrorKind } from '../../../protocol/define.ts'
import { MAX_DEPTH, MAX_LINKS } from '../limits.ts'
import { errnoOf, PathProblem, type Reason } from './problems.ts'

type Sentence = (path: string, tool: NameOf, problem: PathProblem, may: May) => string

const BY_REASON: Record<Reason, Sentence> = {
  absent: (path, tool, { nearest, alike }, may) => {
    if (!may('fs.list')) return `There is no ${path}.`
    if (alike.length > 0)
      return `There is no ${path} of exactly this spelling. What looks the same is ${alike.slice(0, MAX_ALIKE).join(' and ')}; copy the name as it stands there.`
    return nearest === undefined
      ? `There is no ${path}. ${tool('list_directory')} shows what there is; "/" is the top folder.`
      : `There is no ${path}. Did you mean ${quoted(nearest)}?`
  },
  appeared: (path) => `${path} came to be in the meantime, again and again; nothing was written. Try again.`,
  attribute: (path, _, { attribute, cause }) =>
    `${path} has an attribute that can't be kept (${attribute}: ${errnoOf(cause) ?? 'unknown'}), and would lose it; nothing was changed. Its owner can remove the attribute, or change the file by other means.`,
  busy: (path) => `${path} is in use by the system and can't be changed.`,
  changed: (path) =>
    `${path} was changed by someone else in the meantime; nothing was written. Read it again first.`,
  empty: () => 'The path is empty. Use "/" for the top folder.',
  exists: (path) => `${path} exists already. Delete or move it first, or choose another name.`,
  'foreign-owner': (path) =>
    `${path} belongs to another user or group and would lose that owner if it were replaced; nothing was written.`,
  'into-itself': (path) => `${path} can't be moved into itself.`,
  'is-folder': (path, tool) =>
    `${path} is a folder, not a file. ${tool('list_directory')} shows what is in it.`,
  links: (path) =>
    `${path} leads through more than ${MAX_LINKS} symbolic links, or through links that are too long; they may form a circle.`,
  malformed: (path) => `The path ${path} has a NUL or a broken character in it, which no name can have.`,
  'mount-point': (path) =>
    `In ${path} another file system is mounted; a folder is only deleted or moved without one. Unmount it first.`,
  'not-empty': (path) =>
    `The folder ${path} is not empty. Set recursive to true to delete all that is in it.`,
  'not-folder': (path) => `${path} is not a folder, or a part of it before the end is not one.`,
  'not-regular': (path) => `${path} is a device, pipe or socket; only regular files are read and written.`,
  outside: (path, tool) =>
    `${path} is outside the folders this server may use (${tool('list_allowed_directories')} shows them).`,
  reserved: (path) => `${path} is reserved for the system and can't be created, moved or deleted.`,
  root: (path) => `${path} is the top folder, which can't be deleted, moved or overwritten.`,
  special: (path) => `${path} holds a device, pipe or socket, which can't be copied to another file system.`,
  'too-deep': (path) =>
    `${path} is nested deeper than ${MAX_DEPTH} folders. Work on the inner folders first.`,
}

const BY_ERRNO: Record<string, (path: string) => string> = {
  EACCES: (path) => `Permission denied for ${path}.`,
  EPERM: (path) => `The system does not permit this for ${path}.`,
  EROFS: (path) => `${path} is on a file system that can't be written; nothing was changed.`,
  ENOSPC: () => 'The disk is full; nothing was written. Delete something first.',
  EDQUOT: () => 'The disk quota is used up; nothing was written. Delete something first.',
  EFBIG: () => 'The file would be larger than is allowed here; nothing was written.',
  EIO: (path) => `The disk reported a failure at ${path}.`,
  EMFILE: () => 'Too many files are open at the moment. Try again.',
  ENFILE: () => 'Too many files are open on this machine at the moment. Try again.',
  ENAMETOOLONG: (path) => `A name in ${path} is too long; 255 bytes are the most.`,
}

const SAME_AS: Record<string, Reason> = {
  EBUSY: 'busy',
  EEXIST: 'exists',
  EISDIR: 'is-folder',
  ELOOP: 'changed',
  ENOENT: 'absent',
  ENOTDIR: 'not-folder',
  ENOTEMPTY: 'not-empty',
  EXDEV: 'mount-point',
}

/** For v1 clients, whose codes tell these kinds apart; all else that is wrong with a path is invalid. */
const KIND_OF: Partial<Record<Reason, ToolErrorKind>> = {
  absent: 'not_found',
  attribute: 'permission',
  'foreign-owner': 'permission',
  reserved: 'permission',
  root: 'permission',
}
const DENIED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS'])

/** The ToolError for what was thrown while working on a path; anything unforeseen is given back as it is. */
export function explained(error: unknown, path: string): unknown {
  const problem = problemOf(error)
  if (problem) {
    const kind = KIND_OF[problem.reason] ?? 'invalid'
    const sentence = BY_REASON[problem.reason]
    return new ToolError((tool, may) => sentence(quoted(path), tool, problem, may), {
      cause: error,
      kind,
      // It names files that are there; the mark itself must not show that there are any.
      untrusted: problem.reason === 'absent' ? 'file' : undefined,
    })
  }
  const errno = errnoOf(error) ?? ''
  const kind = DENIED.has(errno) ? 'permission' : 'failed'
  const sentence = BY_ERRNO[errno]
  return sentence ? new ToolError(sentence(quoted(path)), { cause: error, kind }) : error
}

function problemOf(error: unknown): PathProblem | undefined {
  if (error instanceof PathProblem) return error
  const reason = SAME_AS[errnoOf(error) ?? '']
  return reason && new PathProblem(reason, { cause: error })
}

/** How many names that look the same are listed. */
const MAX_ALIKE = 5

const MAX_SHOWN = 300

/** In quotes, on one line, and not endlessly long; its beginning and its end tell the most. */
export const quoted = (path: string): string =>
  JSON.stringify(
    path.length > MAX_SHOWN ? `${path.slice(0, MAX_SHOWN / 2)}…${path.slice(-MAX_SHOWN / 2)}` : path,
  )
