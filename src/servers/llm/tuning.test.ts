import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { LARGE } from '../../models/testing/generate.ts'
import { llmServer, user } from './testing/models.ts'
import { Tuning } from './tuning.ts'
import { bestThreads, candidates } from './worker/threads.ts'

test('powers of two, half and all of the processors are tried', () => {
  assert.deepEqual(candidates(1), [1])
  assert.deepEqual(candidates(2), [1, 2])
  assert.deepEqual(candidates(12), [1, 2, 4, 6, 8, 12])
})

test('the fewest threads that are nearly as fast as any are taken, and one where nothing was measured', () => {
  assert.equal(bestThreads({ 1: 10, 2: 19, 4: 19.5, 8: 12 }), 2)
  assert.equal(bestThreads({ 1: 50, 2: 4 }), 1)
  assert.equal(bestThreads({}), 1)
})

test('what was measured holds for this machine, and a damaged or foreign note for none', () => {
  using directory = temporaryDirectory()
  const tuning = new Tuning(directory.path)
  assert.equal(tuning.threads(), undefined)
  tuning.keep(3, { 1: 5, 3: 9 })
  assert.equal(new Tuning(directory.path).threads(), 3)
  assert.deepEqual(readdirSync(directory.path), ['threads.json'])
  const path = join(directory.path, 'threads.json')
  const kept = JSON.parse(readFileSync(path, 'utf8'))
  for (const text of [
    '{',
    '[]',
    JSON.stringify({ ...kept, machine: 'another' }),
    JSON.stringify({ ...kept, threads: 'x' }),
  ]) {
    writeFileSync(path, text)
    assert.equal(tuning.threads(), undefined)
  }
})

test('threads are measured with the first large model, once, unless they were chosen', async () => {
  await using llm = await llmServer({ large: { shape: LARGE } })
  const chat = () => llm.call('chat', { messages: user('Hello'), max_tokens: 1 })
  const loads = () =>
    llm.running.logged
      .filter(({ text }) => text === 'loaded a model')
      .map(({ fields }) => ({
        threads: fields.threads,
        tried: Object.keys(fields.measured as object).length,
      }))
  await chat()
  const [first] = loads()
  assert.ok((first?.tried ?? 0) >= 1)
  assert.equal(new Tuning(llm.state).threads(), first?.threads)
  const settings = join(llm.folder, 'settings.json')
  writeFileSync(settings, '{"context": 1024}')
  await chat()
  writeFileSync(settings, '{"threads": 2}')
  await chat()
  assert.deepEqual(loads().slice(1), [
    { threads: first?.threads, tried: 0 },
    { threads: 2, tried: 0 },
  ])
})
