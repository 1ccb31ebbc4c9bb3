import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillForm, formOf, needsNothing } from './forms.ts'

/** A person who types these lines, and then ends the input. */
function person(...lines: string[]) {
  const asked: string[] = []
  return {
    asked,
    ask: async (question: string) => {
      asked.push(question)
      return lines.shift()
    },
  }
}

test('a title of a server is one line, and never blank', () => {
  const properties = {
    a: { type: 'string', title: '\n  What is\n its name? ' },
    b: { type: 'string', title: '\n', description: '\nSay it.' },
    c: { type: 'string', title: 7, description: { toString: 1 } },
  }
  assert.deepEqual(
    formOf({ properties }).map(({ title }) => title),
    ['What is its name?', 'Say it.', 'c'],
  )
})

const SCHEMA = {
  type: 'object',
  required: ['name', 'age'],
  properties: {
    name: { type: 'string', title: 'Your name' },
    age: { type: 'integer' },
    colour: { type: 'string', enum: ['red', 'blue'], default: 'red' },
    size: { type: 'string', oneOf: [{ const: 's', title: 'Small' }, { const: 'l' }] },
    news: { type: 'boolean' },
    share: { type: 'number' },
  },
}

test('each field is asked for by its title and choices, and its value has its type', async () => {
  const { asked, ask } = person('Ada', '36', '', 'l', 'y', '0.5')
  assert.deepEqual(await fillForm(formOf(SCHEMA), ask), {
    name: 'Ada',
    age: 36,
    colour: 'red',
    size: 'l',
    news: true,
    share: 0.5,
  })
  assert.deepEqual(asked, [
    'Your name: ',
    'age: ',
    'colour (red, blue) [red]: ',
    'size (s, l): ',
    'news (y, n): ',
    'share: ',
  ])
})

test('what does not fit is asked for again, and what may be left out is', async () => {
  const { asked, ask } = person('', 'Ada', '36.5', 'x', '36', 'green', 'blue', '', '', '')
  assert.deepEqual(await fillForm(formOf(SCHEMA), ask), { name: 'Ada', age: 36, colour: 'blue' })
  assert.equal(asked.filter((question) => question === 'age: ').length, 3)
})

test('several can be chosen, of those there are', async () => {
  const form = formOf({
    properties: { days: { type: 'array', items: { anyOf: [{ const: 'mo' }, { const: 'tu' }] } } },
  })
  const { asked, ask } = person('mo, we', 'mo,tu')
  assert.deepEqual(await fillForm(form, ask), { days: ['mo', 'tu'] })
  assert.equal(asked[0], 'days (mo, tu; several with commas): ')
})

test('the end of the input leaves the form', async () => {
  assert.equal(await fillForm(formOf(SCHEMA), person('Ada').ask), undefined)
})

test('a yes is enough where all has a default, and only there', () => {
  assert.ok(needsNothing(formOf({})))
  assert.ok(needsNothing(formOf({ properties: { allow: { enum: ['once'], default: 'once' } } })))
  assert.ok(!needsNothing(formOf(SCHEMA)))
})

test('a title can not steer the terminal', async () => {
  const { asked, ask } = person('x')
  await fillForm(formOf({ properties: { a: { type: 'string', title: '\u001b[2J\nA' } } }), ask)
  assert.deepEqual(asked, ['\uFFFD[2J A: '])
})
