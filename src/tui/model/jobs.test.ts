import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outputOf } from './jobs.ts'
import type { Job, State } from './state.ts'
import { after, interfaceOf, keys, viewNoting } from './testing/interface.ts'

const start = (own: Partial<State> = {}) => interfaceOf([viewNoting('one')], own)
const started = after(start(), { type: 'job-started', id: 1, line: 'ls' }).state
const jobOf = (state: State) => state.jobs[0] as Job

test('a line that starts is shown, and what it writes with it', () => {
  const { state } = after(
    started,
    { type: 'job-wrote', id: 1, text: 'a\nb' },
    { type: 'job-wrote', id: 1, text: 'c\n' },
    { type: 'job-wrote', id: 2, text: 'of another' },
  )
  assert.deepEqual(state.overlays, [{ type: 'job', id: 1, top: undefined }])
  assert.deepEqual(outputOf(jobOf(state)), ['a', 'bc'])
})

test('of much output the end is kept, from the beginning of a line, and it says that there was more', () => {
  const limit = 128 * 1024
  const whole = after(started, { type: 'job-wrote', id: 1, text: 'x'.repeat(limit) }).state
  assert.deepEqual([jobOf(whole).output.length, jobOf(whole).isCut], [limit, false])
  const one = after(whole, { type: 'job-wrote', id: 1, text: 'y' }).state
  assert.deepEqual([jobOf(one).output.length, jobOf(one).output.at(-1)], [limit, 'y'])
  const lines = after(started, { type: 'job-wrote', id: 1, text: `first\n${'x\n'.repeat(limit / 2)}` }).state
  assert.equal(outputOf(jobOf(lines))[0], '… (earlier output is not kept)')
  assert.equal(outputOf(jobOf(lines))[1], 'x')
})

test('a line that ends out of sight is reported, and one in sight is not', () => {
  assert.equal(after(started, { type: 'job-ended', id: 1, ok: true }).state.notice, undefined)
  const away = after(started, { type: 'close' }).state
  for (const [ok, text, tone] of [
    [true, /^Done: ls {2}\(Ctrl-P/, 'ok'],
    [false, /^Failed: ls/, 'error'],
  ] as const) {
    const { state, effects } = after(away, { type: 'job-ended', id: 1, ok })
    assert.match(state.notice?.text ?? '', text)
    assert.deepEqual([state.notice?.tone, jobOf(state).state], [tone, ok ? 'ok' : 'failed'])
    assert.deepEqual(effects.at(-1), { type: 'bell' })
  }
})

test('thirty lines are remembered', () => {
  let state = start()
  for (let id = 1; id <= 31; id++) state = after(state, { type: 'job-started', id, line: String(id) }).state
  assert.deepEqual([state.jobs.length, state.jobs[0]?.line, state.jobs.at(-1)?.line], [30, '2', '31'])
})

test('what a line writes is followed at its end, and stays where it was scrolled to', () => {
  const text = Array.from({ length: 100 }, (_, i) => `${i}\n`).join('')
  const state = after(started, { type: 'job-wrote', id: 1, text }).state
  const topOf = (next: State) => (next.overlays[0] as { top: number | undefined }).top
  const up = after(state, ...keys('home')).state
  assert.equal(topOf(up), 0)
  assert.equal(topOf(after(up, { type: 'job-wrote', id: 1, text: 'more\n' }).state), 0)
  assert.equal(topOf(after(up, ...keys('end')).state), undefined)
})

test('Ctrl-C in its panel stops a line, and Escape leaves it running', () => {
  assert.deepEqual(after(started, ...keys('C-c')).effects, [{ type: 'abort', key: 'job 1' }])
  const left = after(started, ...keys('escape'))
  assert.deepEqual([left.state.overlays, left.effects], [[], []])
})

test('the list of lines has the newest first, and opens what is chosen', () => {
  const two = after(
    started,
    { type: 'close' },
    { type: 'job-started', id: 2, line: 'x' },
    { type: 'close' },
  ).state
  const list = after(two, { type: 'open', overlay: { type: 'jobs', selected: 0 } }).state
  assert.equal((after(list, ...keys('enter')).state.overlays[0] as { id: number }).id, 2)
  assert.equal((after(list, ...keys('down', 'enter')).state.overlays[0] as { id: number }).id, 1)
})
