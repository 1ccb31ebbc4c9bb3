import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputRequest } from '../../protocol/mcp.ts'
import { plainText } from '../text/lines.ts'
import { VIEWS } from '../views/index.ts'
import type { Message } from './message.ts'
import { pictureOf } from './picture.ts'
import { initialState, type State } from './state.ts'
import { update } from './update.ts'

const REQUEST = { method: 'elicitation/create', params: { message: 'Run fs_delete_file?' } } as InputRequest

/** luca in the chat, on a clock that goes on only when the test says so. */
function atWork() {
  let state: State = {
    ...initialState({ views: VIEWS, columns: 80, rows: 24, theme: 'dark', now: 1000 }),
    link: { state: 'connected' },
    offer: { tools: [], methods: [], servers: ['llm', 'fs'] },
    view: 'chat',
  }
  const answers: unknown[] = []
  let timer: { at: number; message: Message } | undefined
  const tell = (message: Message): void => {
    const next = update(state, message)
    state = next.state
    for (const effect of next.effects)
      if (effect.type === 'later' && effect.key === 'settled')
        timer = { at: state.now + effect.ms, message: effect.message }
  }
  const picture = () => pictureOf(state).lines.map(plainText).join('\n')
  return {
    answers,
    picture,
    tell,
    type: (text: string) => tell({ type: 'text', text }),
    ask: (request = REQUEST) =>
      tell({ type: 'asked', request, answer: ({ action }) => answers.push(action) }),
    pass(ms: number) {
      state = { ...state, now: state.now + ms }
      if (timer === undefined || timer.at > state.now) return
      const { message } = timer
      timer = undefined
      tell(message)
    },
  }
}

test('what was being typed when a question came up does not answer it, and is not lost', () => {
  const luca = atWork()
  luca.type('It is ')
  luca.ask()
  for (const letter of 'y, and no n') {
    luca.type(letter)
    luca.pass(200)
  }
  for (const key of ['enter', 'escape', 'C-c']) luca.tell({ type: 'key', key })
  assert.deepEqual(luca.answers, [])
  assert.match(luca.picture(), /Run fs_delete_file\?[\s\S]*Pause for a moment, then press a key to answer/)
  assert.doesNotMatch(luca.picture(), /allow/)
  luca.pass(500)
  assert.match(luca.picture(), /y allow it {3}n deny it/)
  luca.type('n')
  assert.deepEqual(luca.answers, ['decline'])
  assert.match(luca.picture(), /It is y, and no n/)
})

test('a question that was read is answered by the first key', () => {
  const luca = atWork()
  luca.ask()
  luca.pass(500)
  luca.type('y')
  assert.deepEqual(luca.answers, ['accept'])
})

test('a key that answers one question twice does not answer the one behind it', () => {
  const luca = atWork()
  luca.ask()
  luca.ask()
  luca.pass(500)
  luca.type('y')
  luca.type('y')
  assert.deepEqual(luca.answers, ['accept'])
  luca.pass(500)
  luca.type('n')
  assert.deepEqual(luca.answers, ['accept', 'decline'])
})

test('a paste, the wheel and a key that leaves help are no answers, and pages can be turned at once', () => {
  const luca = atWork()
  const message = Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n')
  luca.ask({ ...REQUEST, params: { message } } as InputRequest)
  luca.tell({ type: 'paste', text: 'yes', cut: false })
  luca.tell({ type: 'wheel', by: 1 })
  luca.tell({ type: 'key', key: 'pagedown' })
  assert.match(luca.picture(), /line 14\b/)
  luca.tell({ type: 'key', key: 'f1' })
  luca.tell({ type: 'key', key: 'escape' })
  luca.type('y')
  assert.deepEqual(luca.answers, [])
})

test('a line asks one thing after the other without a pause, and waits after a key elsewhere', () => {
  const luca = atWork()
  const given: (string | undefined)[] = []
  const prompt = (job: number) =>
    luca.tell({
      type: 'prompted',
      job,
      question: 'Again:',
      unseen: false,
      answer: (text) => given.push(text),
    })
  const say = (text: string) => {
    luca.type(text)
    luca.tell({ type: 'key', key: 'enter' })
  }
  prompt(1)
  say('early')
  assert.deepEqual(given, [])
  luca.pass(500)
  say('first')
  prompt(1)
  say('second')
  assert.deepEqual(given, ['first', 'second'])
  luca.type('words for the chat')
  prompt(1)
  say('third')
  prompt(2)
  say('fourth')
  assert.deepEqual(given, ['first', 'second'])
})
