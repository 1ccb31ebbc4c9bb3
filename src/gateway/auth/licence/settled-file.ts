/** Notices that a file has changed, once whoever writes it has finished. */
import { type Stats, statSync, unwatchFile, watchFile } from 'node:fs'

/** How often a file is looked at, in milliseconds: works for files that come and go, however they are written. */
const LOOK_EVERY_MS = 1000
/** How long a changed file must stay as it is before it counts as written, in milliseconds. */
const SETTLED_AFTER_MS = 250

/** Calls back after each change of what is at a path, until closed. Does not keep the process alive. */
export function watchSettled(path: string, onChange: () => void): { close(): void } {
  let settling: NodeJS.Timeout | undefined
  const changed = (seen: Stats) => {
    clearTimeout(settling)
    // If it changed again, the next look tells so.
    settling = setTimeout(() => isStill(path, seen) && onChange(), SETTLED_AFTER_MS).unref()
  }
  watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, changed)
  return {
    close() {
      unwatchFile(path, changed)
      clearTimeout(settling)
    },
  }
}

/** Whether a file is as it was; one that is not there has the size and the time 0, as `watchFile` has it. */
function isStill(path: string, { mtimeMs, size }: Stats): boolean {
  try {
    const now = statSync(path)
    return now.mtimeMs === mtimeMs && now.size === size
  } catch {
    return mtimeMs === 0
  }
}
