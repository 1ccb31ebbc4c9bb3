/**
 * Ends the services when `luca up` can't do it any more, because it was killed: a shell that knows their process
 * groups and learns of its parent's end by its stdin.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { APPLIANCE_MARK } from '../contracts/third-party.ts'

/**
 * Reads `+ GROUP` and `- GROUP`, one a line; at the end kills the groups that are left, and what left its group but
 * has the mark in its environment ($0). It may fork meanwhile, hence again until none is found.
 */
const SCRIPT = `
while read -r sign group; do
  case $sign in
    +) groups="$groups $group" ;;
    -) kept=
       for each in $groups; do [ "$each" = "$group" ] || kept="$kept $each"; done
       groups=$kept ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
round=0
while [ $round -lt 50 ]; do
  left=$(grep -lszx -- "$0" /proc/[0-9]*/environ)
  [ -n "$left" ] || exit 0
  for each in $left; do each=\${each#/proc/}; kill -s KILL "\${each%/environ}"; done
  round=$((round + 1))
done`

export class Reaper {
  /** To be in the environment of all that is to end with this process. */
  readonly mark = { [APPLIANCE_MARK]: randomBytes(12).toString('hex') }
  /** In a session of its own, so that what ends this process group leaves it alone. */
  readonly #shell: ChildProcessByStdio<Writable, null, null> = spawn(
    '/bin/sh',
    ['-c', SCRIPT, `${APPLIANCE_MARK}=${this.mark[APPLIANCE_MARK]}`],
    {
      cwd: '/',
      detached: true,
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  )
  readonly #ended: Promise<unknown> = once(this.#shell, 'exit')

  constructor() {
    // Without it services still end with an orderly stop.
    this.#shell.stdin.on('error', () => {})
  }

  add(group: number): void {
    this.#shell.stdin.write(`+ ${group}\n`)
  }

  remove(group: number): void {
    this.#shell.stdin.write(`- ${group}\n`)
  }

  /** Resolves when it has ended; groups that it still knows are killed. */
  async close(): Promise<void> {
    this.#shell.stdin.end()
    await this.#ended
  }
}
