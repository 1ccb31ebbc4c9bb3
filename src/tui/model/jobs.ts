/** Lines of luca that run beside the interface. */

import { paragraph } from '../text/lines.ts'
import { lastTop, linesOf } from '../text/long-text.ts'
import { type Next, opened, said } from './change.ts'
import { step } from './effects.ts'
import { areaOf, type Job, type State, topOverlay } from './state.ts'
import type { Area } from './view.ts'

/** What is kept of a job's output, in characters. */
const MAX_OUTPUT = 128 * 1024
/** How many jobs that have ended are remembered. */
const MAX_JOBS = 30
const JOBS_KEY = 'Ctrl-P, "jobs"'

const withJob = (state: State, id: number, change: (job: Job) => Job): State => ({
  ...state,
  jobs: state.jobs.map((job) => (job.id === id ? change(job) : job)),
})

/** How large a panel over a view is inside. */
export const panelArea = (state: State): Area => {
  const { columns, rows } = areaOf(state)
  return { columns: Math.min(columns - 4, 100) - 4, rows: rows - 4 }
}

/** The lines that a job has written; those in sight are folded. They are cut once for what there is. */
export function outputOf(job: Job): readonly string[] {
  const known = outputs.get(job)
  if (known) return known
  const lines = job.output === '' ? [] : linesOf(job.output.replace(/\n$/, ''))
  const all = job.isCut ? [EARLIER, ...lines] : lines
  outputs.set(job, all)
  return all
}
const outputs = new WeakMap<Job, readonly string[]>()
const EARLIER = '… (earlier output is not kept)'

/** The last of its lines that can stand first in sight. */
export const lastTopOf = (job: Job, { columns, rows }: Area): number =>
  lastTop(outputOf(job).length, rows, (i) => paragraph(outputOf(job)[i] ?? '', columns).length)

/** What a panel has of it, below which it says how it is. */
export const outputArea = ({ columns, rows }: Area): Area => ({ columns, rows: rows - 2 })

export function jobStarted(state: State, id: number, line: string): Next {
  const job: Job = { id, line, state: 'running', output: '', isCut: false }
  const next = { ...state, jobs: [...state.jobs, job].slice(-MAX_JOBS) }
  return step(opened(next, { type: 'job', id, top: undefined }))
}

export function jobWrote(state: State, id: number, text: string): Next {
  return step(
    withJob(state, id, (job) => {
      const all = job.output + text
      if (all.length <= MAX_OUTPUT) return { ...job, output: all }
      // The line that is cut goes too.
      const from = all.indexOf('\n', all.length - MAX_OUTPUT) + 1
      return { ...job, output: all.slice(from || -MAX_OUTPUT), isCut: true }
    }),
  )
}

export function jobEnded(state: State, id: number, ok: boolean): Next {
  const next = withJob(state, id, (job) => ({ ...job, state: ok ? 'ok' : 'failed' }))
  const overlay = topOverlay(state)
  if (overlay?.type === 'job' && overlay.id === id) return step(next)
  const line = state.jobs.find((job) => job.id === id)?.line ?? ''
  const told = said(next, `${ok ? 'Done' : 'Failed'}: ${line}  (${JOBS_KEY} shows it)`, ok ? 'ok' : 'error')
  return { state: told.state, effects: [...told.effects, { type: 'bell' }] }
}
