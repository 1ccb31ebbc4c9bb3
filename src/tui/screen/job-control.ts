/** Giving the terminal to the shell that started luca, as Ctrl-Z does. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** How soon a process is stopped that can be, in milliseconds. */
const STOPS_WITHIN_MS = 50

interface Process {
  parent: number
  group: number
  session: number
}

/** What the kernel says of a process, by proc(5); undefined where it has ended. */
function processOf(pid: number | string): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name may hold anything, brackets too.
    const [, parent, group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(parent), group: Number(group), session: Number(session) }
  } catch {
    return undefined
  }
}

/**
 * Whether a shell looks after this process's group: one of the group has a parent outside of it, in the same session.
 * The kernel does not stop other groups, since no shell would continue them (POSIX calls them orphaned).
 */
export function hasShell(): boolean {
  const own = processOf(process.pid)
  if (!own) return false
  return readdirSync('/proc').some((name) => {
    const one = /^\d+$/.test(name) ? processOf(name) : undefined
    const parent = one?.group === own.group ? processOf(one.parent) : undefined
    return parent !== undefined && parent.session === own.session && parent.group !== own.group
  })
}

/** Stops this process and those started with it, until the shell continues them. False where nothing stopped them. */
export async function stopGroup(): Promise<boolean> {
  let continued = false
  const onContinue = () => {
    continued = true
  }
  process.once('SIGCONT', onContinue)
  process.kill(0, 'SIGTSTP')
  await setTimeout(STOPS_WITHIN_MS)
  // A signal that came while it was stopped is delivered after the timers that were due.
  await new Promise((resolve) => setImmediate(resolve))
  process.removeListener('SIGCONT', onContinue)
  return continued
}
