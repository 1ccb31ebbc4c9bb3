/** The workers of this process, for tests that start no other processes. */
import { readFileSync } from 'node:fs'

/** Their numbers. */
export const workers = (): number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

/** As the kernel ends them where memory is short. */
export function endWorkers(): void {
  for (const pid of workers()) process.kill(pid, 'SIGKILL')
}
