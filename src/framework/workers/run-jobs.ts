/** The worker's side: takes jobs one after the other, in a thread or in a process, and answers each. */
import type { MessagePort } from 'node:worker_threads'
import { ToolError } from '../../protocol/define.ts'
import { type Answer, type Job, type Jobs, movable, type Outcome } from './messages.ts'
import { describeThrown } from './thrown.ts'

/**
 * Does the jobs that the pool sends; the one call of a `*.worker.ts`. A job that throws a ToolError fails with it; its message
 * has tools by their own names. Jobs change nothing but their result: the pool may end one at any moment, and run it again.
 */
export function runJobs(jobs: Jobs): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads')
  if (parentPort) listen(jobs, parentPort)
  else {
    dieFirst()
    // The server has gone, so the result of the current job is not needed.
    process.once('disconnect', () => process.exit())
    process.on('message', async (job: Job) => {
      const answer = await answerTo(jobs, job)
      send(answer, (message) => process.send?.(message))
    })
  }
}

function listen(jobs: Jobs, port: MessagePort): void {
  port.on('message', async (job: Job) => {
    const answer = await answerTo(jobs, job)
    send(answer, (message) =>
      port.postMessage(message, movable('result' in message ? partsOf(message.result) : [])),
    )
  })
}

/** Where the memory of the unit ends, the kernel ends this process and not the server. */
function dieFirst(): void {
  try {
    process.getBuiltinModule('node:fs').writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Then the kernel chooses by size.
  }
}

async function answerTo(jobs: Jobs, { id, name, args }: Job): Promise<Answer> {
  const outcome = await outcomeOf(jobs, name, args)
  const { heapUsed, external } = process.memoryUsage()
  return { ...outcome, id, heldBytes: heapUsed + external }
}

async function outcomeOf(jobs: Jobs, name: string, args: readonly unknown[]): Promise<Outcome> {
  try {
    const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined
    if (!job) throw new Error(`There is no job ${JSON.stringify(name)}.`)
    return { result: await job(...args) }
  } catch (thrown) {
    return refusalOf(thrown) ?? { failed: describeThrown(thrown) }
  }
}

/** What a ToolError says; undefined for everything else, even what can't be asked what it is. */
function refusalOf(thrown: unknown): Outcome | undefined {
  try {
    if (!(thrown instanceof ToolError)) return undefined
    const { message, kind, structured, untrusted } = thrown
    return { refused: { message, kind, structured, untrusted } }
  } catch {
    return undefined
  }
}

/** In place of what can't be sent goes why, or what a ToolError says without its structure. */
function send(answer: Answer, by: (answer: Answer) => void): void {
  try {
    by(answer)
  } catch (thrown) {
    const { id, heldBytes } = answer
    if ('refused' in answer) by({ id, heldBytes, refused: { ...answer.refused, structured: undefined } })
    else
      by({
        id,
        heldBytes,
        failed: { message: `its result can’t be sent: ${describeThrown(thrown).message}` },
      })
  }
}

/** What a result may have bytes in: itself, and its own values. */
const partsOf = (result: unknown): unknown[] =>
  typeof result === 'object' && result !== null && Object.getPrototypeOf(result) === Object.prototype
    ? Object.values(result)
    : [result]
