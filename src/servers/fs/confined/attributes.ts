/**
 * What else belongs to a file than its content, for one that takes its place: owner, group, mode, access control list,
 * extended attributes and flags. It is carried over, or what was to be done is refused with its name.
 */
import type { FileHandle } from 'node:fs/promises'
import {
  attributeNames,
  fileFlags,
  readAttribute,
  removeAttribute,
  setFileFlags,
  writeAttribute,
} from '../../../host/file-calls.ts'
import type { Held } from './descriptors.ts'
import { errnoOf, PathProblem } from './problems.ts'

const ACL = 'system.posix_acl_access'
/**
 * Not carried over: rights that the kernel itself takes from a file that is written, and its own sums of the content.
 */
const OF_CONTENT: ReadonlySet<string> = new Set(['security.capability', 'security.ima', 'security.evm'])
/** Those that a user may set and that last: SECRM, UNRM, COMPR, SYNC, NODUMP, NOATIME, NOCOMP, NOCOW (ioctl_iflags(2)). */
const KEPT_FLAGS = 0x1 | 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x400 | 0x800000

export interface Attributes {
  /** By name. */
  readonly extended: ReadonlyMap<string, Buffer>
  readonly flags: number
}

/** What a file has. Throws PathProblem `attribute` for what can't be read. `handle` is the file, opened; for flags. */
export function attributesOf(held: Held, handle: FileHandle): Attributes {
  const extended = new Map<string, Buffer>()
  for (const name of named(ACL, () => attributeNames(held.path)))
    if (!OF_CONTENT.has(name)) {
      const value = named(name, () => readAttribute(held.path, name))
      if (value) extended.set(name, value)
    }
  return { extended, flags: (fileFlags(handle.fd) ?? 0) & KEPT_FLAGS }
}

/**
 * Gives a new file, still empty, all that an old one has. Throws PathProblem `foreign-owner`, or `attribute` with the name
 * of what it can't be given.
 */
export async function giveAll(
  handle: FileHandle,
  { stats }: Held,
  { extended, flags }: Attributes,
  keptMode: bigint,
): Promise<void> {
  const own = await handle.stat({ bigint: true })
  if (own.uid !== stats.uid || own.gid !== stats.gid)
    try {
      await handle.chown(Number(stats.uid), Number(stats.gid))
    } catch (error) {
      throw new PathProblem('foreign-owner', { cause: error })
    }
  const path = `/proc/self/fd/${handle.fd}`
  // A folder may give what is new in it a list of its own.
  if (!extended.has(ACL)) named(ACL, () => removeOther(path))
  for (const [name, value] of extended)
    named(name, () => {
      if (!readAttribute(path, name)?.equals(value)) writeAttribute(path, name, value)
    })
  const mode = Number(stats.mode & keptMode)
  try {
    await handle.chmod(mode)
  } catch (error) {
    throw new PathProblem('attribute', { cause: error, attribute: `mode ${mode.toString(8)}` })
  }
  const flagsNow = fileFlags(handle.fd) ?? 0
  if ((flagsNow & KEPT_FLAGS) !== flags)
    named('flags', () => setFileFlags(handle.fd, (flagsNow & ~KEPT_FLAGS) | flags))
}

function removeOther(path: string): void {
  if (attributeNames(path).includes(ACL)) removeAttribute(path, ACL)
}

function named<T>(attribute: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (errnoOf(cause) === undefined) throw cause
    throw new PathProblem('attribute', { cause, attribute })
  }
}
