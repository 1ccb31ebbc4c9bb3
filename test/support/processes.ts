/** What runs on this machine, by command line. Suites run at the same time, so what is looked for must be one's own. */
import { readdirSync, readFileSync } from 'node:fs'

/** The command line with spaces between its words; empty for a process that has ended meanwhile. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** Processes whose command line has this in it. */
export const processes = (what: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandOf(pid).includes(what))

/** Those that one has started, which have not ended; none for one that there is not. */
export function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
