/** The thread that does jobs, one after the other. In the bundle its file is the server's own, which then does no more. */
import { ToolError, type ToolErrorKind } from '../../../protocol/define.ts'
import { type JobName, jobs } from './jobs.ts'

/** The first argument of a thread, which no process of the server has. */
const WORK = '--work-of-fs'
export const THREAD_FILE = new URL(import.meta.url)
export const THREAD_ARGUMENTS = [WORK]
export const isThread = process.argv[2] === WORK

/** Loaded where it is needed: most starts of the server never do. */
export const nodeThreads = () => process.getBuiltinModule('node:worker_threads')

export interface Job {
  readonly name: JobName
  readonly args: readonly unknown[]
}

export type Outcome =
  | { readonly result: unknown }
  /** What a ToolError said. */
  | { readonly refused: string; readonly kind: ToolErrorKind }
  | { readonly failed: unknown }

if (isThread) {
  const { parentPort } = nodeThreads()
  parentPort?.on('message', async ({ name, args }: Job) => {
    parentPort.postMessage(await outcomeOf(name, args))
  })
}

async function outcomeOf(name: JobName, args: readonly unknown[]): Promise<Outcome> {
  const job = jobs[name] as (...args: readonly unknown[]) => Promise<unknown>
  try {
    return { result: await job(...args) }
  } catch (error) {
    return error instanceof ToolError ? { refused: error.message, kind: error.kind } : { failed: error }
  }
}
