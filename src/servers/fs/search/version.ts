/** What a file is known by: as long as that is the same, so is its content. */
import type { Stamp } from '../files.ts'

/** Times to the nanosecond. That of the last change to the file itself can't be set by anybody. */
export const versionOf = (stamp: Stamp): string => `${sameFile(stamp)}${stamp.ctimeNs}`

/** How the versions of a file begin that lies elsewhere now, and is otherwise the same. */
export const sameFile = ({ ino, size, mtimeNs }: Stamp): string => `${ino}:${size}:${mtimeNs}:`

export const modifiedAt = ({ mtimeNs }: Stamp): number => Number(mtimeNs / 1_000_000n)
