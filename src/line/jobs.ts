/** Commands that run in the background, and what they have written so far. */
import { Writable } from 'node:stream'
import { CliError } from '../command/cli-error.ts'
import type { Outcome } from '../command/exit-codes.ts'
import type { Io, Terminal } from '../command/io.ts'
import { visible, writeLine } from '../command/output.ts'

/** How much of a job's output is kept until it is shown, in bytes. */
const MAX_KEPT = 1024 * 1024
/** How many jobs that have ended are remembered. */
const MAX_ENDED = 20

export interface Job {
  readonly id: number
  readonly text: string
  /** Undefined while it runs. */
  outcome: Outcome | undefined
}

interface Running extends Job {
  stop: AbortController
  output: JobOutput
  ended: Promise<Outcome>
  /** Whether its end was reported. */
  told: boolean
}

export class Jobs {
  readonly #jobs: Running[] = []
  #nextId = 1

  list(): readonly Job[] {
    return this.#jobs
  }

  get running(): number {
    return this.#jobs.filter(({ outcome }) => outcome === undefined).length
  }

  /** Starts a job; `work` writes to the given streams and never throws. */
  start(text: string, io: Io, work: (io: Io, signal: AbortSignal) => Promise<Outcome>): Job {
    const output = new JobOutput(io)
    const stop = new AbortController()
    const job: Running = {
      id: this.#nextId++,
      text,
      outcome: undefined,
      stop,
      output,
      told: false,
      ended: work({ ...io, stdout: output.stdout, stderr: output.stderr }, stop.signal),
    }
    void job.ended.then((outcome) => {
      job.outcome = outcome
      this.#forgetOldest()
    })
    this.#jobs.push(job)
    return job
  }

  /** Shows what a job wrote and writes, and waits for its end. Aborting the signal ends the job. */
  async foreground(id: number | undefined, io: Io, signal: AbortSignal): Promise<Outcome> {
    const job = this.#find(id)
    const stop = () => job.stop.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    job.output.showOn(io)
    const outcome = await job.ended
    signal.removeEventListener('abort', stop)
    job.told = true
    this.#jobs.splice(this.#jobs.indexOf(job), 1)
    return outcome
  }

  kill(id: number): Job {
    const job = this.#find(id)
    job.stop.abort(new CliError('interrupted', 'Ended by "kill".'))
    return job
  }

  killAll(): void {
    for (const { stop } of this.#jobs) stop.abort(new CliError('interrupted', 'The shell has ended.'))
  }

  /** Jobs that have ended since this was last asked. */
  news(): Job[] {
    const ended = this.#jobs.filter(({ outcome, told }) => outcome !== undefined && !told)
    for (const job of ended) job.told = true
    return ended
  }

  /** That job; the newest without an id. */
  #find(id: number | undefined): Running {
    const job = id === undefined ? this.#jobs.at(-1) : this.#jobs.find((one) => one.id === id)
    if (job) return job
    throw new CliError(
      'usage',
      id === undefined ? 'There are no jobs.' : `There is no job ${id}; "jobs" lists them.`,
    )
  }

  #forgetOldest(): void {
    const ended = this.#jobs.filter(({ outcome, told }) => outcome !== undefined && told)
    for (const job of ended.slice(0, -MAX_ENDED)) this.#jobs.splice(this.#jobs.indexOf(job), 1)
  }
}

export const describeJob = ({ id, text, outcome }: Job): string =>
  `[${id}] ${outcome === undefined ? 'running' : outcome === 'ok' ? 'done' : outcome}  ${visible(text)}`

/** Two streams whose writes are kept, in their order, until there is somewhere to show them. */
class JobOutput {
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly #kept: { to: 'stdout' | 'stderr'; chunk: Buffer }[] = []
  #size = 0
  #dropped = false
  #shownOn: Io | undefined

  constructor(io: Io) {
    const stream = (to: 'stdout' | 'stderr', isTTY: boolean | undefined): Terminal =>
      Object.assign(
        new Writable({
          write: (chunk: Buffer, _, done) => {
            this.#take(to, chunk)
            done()
          },
        }),
        isTTY === undefined ? {} : { isTTY },
      )
    this.stdout = stream('stdout', io.stdout.isTTY)
    // What is only for eyes at a terminal, such as progress, would be of no use.
    this.stderr = stream('stderr', undefined)
  }

  showOn(io: Io): void {
    this.#shownOn = io
    for (const { to, chunk } of this.#kept.splice(0)) this.#show(io, to, chunk)
    if (this.#dropped) writeLine(io.stderr, `The output after the first ${MAX_KEPT} bytes was not kept.`)
  }

  #take(to: 'stdout' | 'stderr', chunk: Buffer): void {
    if (this.#shownOn) this.#show(this.#shownOn, to, chunk)
    else if (this.#size + chunk.length > MAX_KEPT) this.#dropped = true
    else {
      this.#size += chunk.length
      this.#kept.push({ to, chunk })
    }
  }

  #show(io: Io, to: 'stdout' | 'stderr', chunk: Buffer): void {
    io[to].write(to === 'stderr' && io.stderr.isTTY ? visible(chunk.toString()) : chunk)
  }
}
