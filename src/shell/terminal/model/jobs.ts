/** Lines of luca that run beside the interface. */

import { type Line, paragraph } from '../text/lines.ts'
import { type Next, opened, said } from './change.ts'
import { step } from './effects.ts'
import type { Area } from './room.ts'
import { areaOf, type Job, type State, topOverlay } from './state.ts'

/** What is kept of a job's output, in characters. */
const MAX_OUTPUT = 128 * 1024
/** How many jobs that have ended are remembered. */
const MAX_JOBS = 30
const JOBS_KEY = 'Ctrl-P, "jobs"'

const withJob = (state: State, id: number, change: (job: Job) => Job): State => ({
  ...state,
  jobs: state.jobs.map((job) => (job.id === id ? change(job) : job)),
})

/** How large a panel over a room is inside. */
export const panelArea = (state: State): Area => {
  const { columns, rows } = areaOf(state)
  return { columns: Math.min(columns - 4, 100) - 4, rows: rows - 4 }
}

/** How many rows of a job's output are in sight. */
export const jobRows = (state: State): number => panelArea(state).rows - 2

/** What a job has written, folded as its panel shows it. */
export function jobLines(state: State, id: number): Line[] {
  const output = state.jobs.find((job) => job.id === id)?.output ?? ''
  return output === '' ? [] : paragraph(output.replace(/\n$/, ''), panelArea(state).columns)
}

export function jobStarted(state: State, id: number, line: string): Next {
  const job: Job = { id, line, state: 'running', output: '' }
  const next = { ...state, jobs: [...state.jobs, job].slice(-MAX_JOBS) }
  return step(opened(next, { type: 'job', id, top: undefined }))
}

export function jobWrote(state: State, id: number, text: string): Next {
  return step(withJob(state, id, (job) => ({ ...job, output: (job.output + text).slice(-MAX_OUTPUT) })))
}

export function jobEnded(state: State, id: number, ok: boolean): Next {
  const next = withJob(state, id, (job) => ({ ...job, state: ok ? 'ok' : 'failed' }))
  const overlay = topOverlay(state)
  if (overlay?.type === 'job' && overlay.id === id) return step(next)
  const line = state.jobs.find((job) => job.id === id)?.line ?? ''
  const told = said(next, `${ok ? 'Done' : 'Failed'}: ${line}  (${JOBS_KEY} shows it)`, ok ? 'ok' : 'error')
  return { state: told.state, effects: [...told.effects, { type: 'bell' }] }
}
