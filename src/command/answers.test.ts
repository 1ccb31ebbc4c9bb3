import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import type { InputRequest } from '../protocol/mcp.ts'
import { type AnswererOptions, answererFor, watched } from './answers.ts'
import { CliError } from './cli-error.ts'
import type { Io } from './io.ts'

const question = (message: string, requestedSchema: object = {}): InputRequest => ({
  method: 'elicitation/create',
  params: { message, requestedSchema },
})
const CONSENT = question('"luca" asks to run fs_delete.', {
  properties: { allow: { type: 'string', enum: ['once', 'always'], default: 'once' } },
})
const FORM = question('Who are you?', { properties: { name: { type: 'string' } }, required: ['name'] })

async function answers(requests: Record<string, InputRequest>, options: AnswererOptions) {
  const stderr = new PassThrough()
  const io: Io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, env: {} }
  const given = await answererFor(io, options)(requests)
  return { given, shown: String(stderr.read() ?? '') }
}
const typing = (...lines: string[]): AnswererOptions => ({ yes: false, ask: async () => lines.shift() })
const unasked = async (): Promise<never> => assert.fail('nobody should be asked')

test('only a clear yes is one', async () => {
  for (const yes of ['y', 'Y', ' yes '])
    assert.deepEqual((await answers({ a: CONSENT }, typing(yes))).given, {
      a: { action: 'accept', content: { allow: 'once' } },
    })
  for (const no of ['', 'n', 'yep', 'j'])
    assert.deepEqual((await answers({ a: CONSENT }, typing(no))).given, { a: { action: 'decline' } })
  assert.deepEqual((await answers({ a: CONSENT }, typing())).given, { a: { action: 'decline' } })
})

test('the question is shown, without what could steer the terminal', async () => {
  const { shown } = await answers({ a: question('\u001b[2JGo on with it?') }, typing('n'))
  assert.equal(shown, '\uFFFD[2JGo on with it?\n')
})

test('--yes agrees without asking, but can not fill in a form', async () => {
  const { given, shown } = await answers({ a: CONSENT, b: CONSENT }, { yes: true, ask: unasked })
  const accepted = { action: 'accept', content: { allow: 'once' } }
  assert.deepEqual([given, shown], [{ a: accepted, b: accepted }, ''])
  const form = await answers({ a: FORM }, { ...typing('y', 'Ada'), yes: true })
  assert.deepEqual(form.given, { a: { action: 'accept', content: { name: 'Ada' } } })
})

test('a form that is left half-way is not answered with half of it', async () => {
  assert.deepEqual((await answers({ a: FORM }, typing('y'))).given, { a: { action: 'cancel' } })
})

test('without a person to ask it is denied with a sentence that says what to do', async () => {
  await assert.rejects(answers({ a: CONSENT }, { yes: false, ask: undefined }), (error) => {
    assert.ok(error instanceof CliError)
    assert.equal(error.outcome, 'denied')
    assert.match(error.message, /--yes/)
    return true
  })
})

test('what luca can not give is refused', async () => {
  await assert.rejects(answers({ a: { method: 'roots/list' } }, { yes: true, ask: unasked }), /roots\/list/)
})

test('whether a question stands without its answer can be seen', async () => {
  const answered = Promise.withResolvers<string>()
  const { ask, isAsking } = watched(() => answered.promise)
  assert.equal(isAsking(), false)
  const asked = ask?.('Name: ')
  assert.equal(isAsking(), true)
  answered.resolve('Ada')
  assert.equal(await asked, 'Ada')
  assert.equal(isAsking(), false)
})
