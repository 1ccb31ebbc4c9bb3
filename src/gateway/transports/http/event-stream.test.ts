import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Memory } from '../../call/memory.ts'
import { EventStream, parseEventId } from './event-stream.ts'
import type { EventSink } from './streams.ts'

const memory = (bytes = 64 * 1024 * 1024) => new Memory({ perCallerBytes: bytes, inAllBytes: bytes })

function sink() {
  const seen: { data: string; id: string | undefined }[] = []
  const comments: string[] = []
  let open = true
  const fake = {
    get isOpen() {
      return open
    },
    send: (data: string, id?: string) => open && seen.push({ data, id }),
    prime() {},
    comment: (text: string) => comments.push(text),
    end() {
      open = false
    },
  }
  return { seen, comments, sink: fake as unknown as EventSink, isOpen: () => open }
}

test('what was sent without a client is given to the next one, once', () => {
  const stream = new EventStream('s', memory(), 'ann')
  stream.send({ n: 1 })
  stream.send({ n: 2 })
  const first = sink()
  stream.attach(first.sink, 0)
  stream.send({ n: 3 })
  assert.deepEqual(
    first.seen.map(({ id }) => id),
    ['s-1', 's-2', 's-3'],
  )
  const second = sink()
  stream.attach(second.sink, 2)
  assert.deepEqual(
    second.seen.map(({ data }) => data),
    ['{"n":3}'],
  )
  assert.equal(first.isOpen(), false)
})
test('a client that does not say what it has is given what no client was, and nothing twice', () => {
  const stream = new EventStream('s', memory(), 'ann')
  stream.send({ n: 1 })
  const sinks = [sink(), sink(), sink(), sink()] as const
  stream.attach(sinks[0].sink)
  stream.send({ n: 2 })
  stream.attach(sinks[1].sink)
  stream.send({ n: 3 })
  sinks[1].sink.end()
  stream.send({ n: 4 })
  stream.attach(sinks[2].sink)
  assert.deepEqual(
    sinks.map(({ seen }) => seen.map(({ id }) => id)),
    [['s-1', 's-2'], ['s-3'], ['s-4'], []],
  )
  // Who does say it is given all that came after, whoever else had it.
  stream.attach(sinks[3].sink, 1)
  assert.deepEqual(
    sinks[3].seen.map(({ id }) => id),
    ['s-2', 's-3', 's-4'],
  )
})
test('a stream that has ended is given to its end and closed', () => {
  const stream = new EventStream('s', memory(), 'ann')
  stream.send({ n: 1 })
  stream.end()
  const late = sink()
  stream.attach(late.sink, 0)
  assert.equal(late.seen.length, 1)
  assert.equal(late.isOpen(), false)
})
test('only the last events are kept, however many there were', () => {
  const stream = new EventStream('s', memory(), 'ann')
  for (let n = 0; n < 5000; n++) stream.send({ n })
  const late = sink()
  stream.attach(late.sink, 0)
  assert.equal(late.seen.length, 1000)
  assert.equal(late.seen.at(-1)?.id, 's-5000')
})
test('an id leads back to its stream and event', () => {
  assert.deepEqual(parseEventId('ab12-7'), { stream: 'ab12', seq: 7 })
  for (const value of ['', 'ab12', '-1', 'a b-1', 'ab-x', `${'a'.repeat(50)}-1`])
    assert.equal(parseEventId(value), undefined, value)
})

test('where memory is short the oldest events go, a client that reconnects learns it, and all memory is given back in the end', () => {
  const budget = memory(1000)
  const stream = new EventStream('s', budget, 'ann')
  for (let n = 1; n <= 5; n++) stream.send({ n })
  const { seen, comments, sink: back } = sink()
  stream.attach(back, 1)
  assert.match(comments[0] ?? '', /^1 events before this are no longer kept.*memory\.perCallerMiB/)
  assert.deepEqual(
    seen.map(({ id }) => id),
    ['s-3', 's-4', 's-5'],
  )
  stream.end()
  assert.equal(stream.isLost, false)
  budget.take('ann', 'calls', 1000).release()
  assert.equal(stream.isLost, true, 'nothing is left to reconnect for')
  stream.forget()
  assert.equal(budget.used, 0)
})
