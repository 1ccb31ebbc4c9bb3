/** Deleting by descriptors: never through a link, never into another mount. */
import { rmdir, unlink } from 'node:fs/promises'
import { MAX_DEPTH } from '../limits.ts'
import { type Held, hold, inside } from './descriptors.ts'
import { entriesOf } from './entries.ts'
import type { DiskName } from './names.ts'
import { errnoOf, PathProblem } from './problems.ts'
import type { Root } from './root.ts'

export interface Work {
  readonly signal: AbortSignal
  /** Called after each entry that was dealt with. */
  done(): void
}

/**
 * Deletes a folder and all that is in it. Stops at the first thing that can't be deleted; what was deleted until
 * then is gone. Throws PathProblem `mount-point`, `too-deep`, `reserved` for something hidden in it.
 */
export async function removeFolder(
  root: Root,
  parent: Held,
  name: DiskName,
  names: readonly string[],
  folder: Held,
  work: Work,
): Promise<void> {
  if (folder.mount !== parent.mount) throw new PathProblem('mount-point')
  if (names.length > MAX_DEPTH) throw new PathProblem('too-deep')
  await emptyFolder(root, folder, names, work)
  await rmdir(inside(parent, name))
}

/** Reads the folder anew until a reading finds nothing, since deleting may make one reading miss entries. */
async function emptyFolder(root: Root, folder: Held, names: readonly string[], work: Work): Promise<void> {
  for (let removed = true; removed; ) {
    removed = false
    for await (const { name, shown } of entriesOf(root, folder, names, true)) {
      work.signal.throwIfAborted()
      await removeEntry(root, folder, name, [...names, shown], work)
      removed = true
      work.done()
    }
  }
}

async function removeEntry(
  root: Root,
  folder: Held,
  name: DiskName,
  names: readonly string[],
  work: Work,
): Promise<void> {
  using held = hold(folder, name)
  if (held?.stats.isDirectory()) await removeFolder(root, folder, name, names, held, work)
  else if (held) await removeFile(folder, name)
}

/** Deletes what is no folder; a link itself, never its target. That it is gone already is as good. */
async function removeFile(folder: Held, name: DiskName): Promise<void> {
  try {
    await unlink(inside(folder, name))
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
