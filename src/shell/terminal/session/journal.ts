/** The system's log as it grows. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Gives the latest lines of the appliance's units, and then each as it comes, until aborted. Throws where there is none. */
export function followJournal(onLines: (lines: string[]) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      'journalctl',
      ['-f', '-q', '-n', '200', '-o', 'short', '--no-hostname', '-u', 'llmbasedos-*', '-u', 'mcp-*'],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let waiting: string[] = []
    let said = ''
    createInterface({ input: child.stdout }).on('line', (line) => {
      // A burst is one change of the picture.
      if (waiting.length === 0)
        setImmediate(() => {
          onLines(waiting)
          waiting = []
        })
      waiting.push(line)
    })
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-500)
    })
    const stop = () => child.kill('SIGTERM')
    signal.addEventListener('abort', stop, { once: true })
    child.once('error', (cause) => reject(new Error('There is no journalctl on this machine.', { cause })))
    child.once('close', (code) => {
      signal.removeEventListener('abort', stop)
      if (signal.aborted) resolve()
      else reject(new Error(said.trim().split('\n', 1)[0] || `journalctl ended with code ${code}.`))
    })
  })
}
