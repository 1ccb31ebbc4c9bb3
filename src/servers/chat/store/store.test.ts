import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Database, openDatabase } from '../../../host/database.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import { remove } from './removal.ts'
import { search } from './search.ts'
import type { Conversation } from './shapes.ts'
import { CHAT_STEPS } from './steps.ts'
import { Store, titleOf } from './store.ts'

async function opened() {
  const folder = temporaryDirectory()
  const database = await openDatabase({ folder: folder.path, name: 'chat', steps: CHAT_STEPS })
  return {
    database,
    store: new Store(database),
    async [Symbol.asyncDispose]() {
      await database.close()
      folder[Symbol.dispose]()
    },
  }
}

/** A question and its answer. */
async function say(store: Store, at: Conversation | undefined, text: string): Promise<Conversation> {
  const given = at ?? { title: text, options: {}, read: [] }
  const { conversation, answer } = await store.ask(
    1,
    given,
    { content: text, about: {} },
    { options: {}, read: [] },
  )
  await store.begin(answer.id)
  await store.end(answer.id, { content: `answer to ${text}`, about: {}, state: 'whole' })
  return conversation
}

const textsOf = (store: Store, { tip }: Conversation): string[] =>
  tip === undefined ? [] : store.upTo(tip, 1000).map(({ content }) => content)

test('whatever is forked and deleted, each conversation that stays has all of its messages, and words of no other', async () => {
  type Act = { kind: 'new' | 'say' | 'fork' | 'delete'; at: number; depth: number }
  const acts = fc.array(
    fc.record({
      kind: fc.constantFrom('new', 'say', 'say', 'fork', 'fork', 'delete') as fc.Arbitrary<Act['kind']>,
      at: fc.nat(100),
      depth: fc.nat(100),
    }),
    { maxLength: 40 },
  )
  await fc.assert(
    fc.asyncProperty(acts, async (all) => {
      await using it = await opened()
      const { store, database } = it
      const expected = new Map<number, string[]>()
      let said = 0
      const tell = async (at: Conversation | undefined) => {
        const word = `word${said++}`
        const { number } = await say(store, at, word)
        expected.set(number, [...(expected.get(number) ?? []), word, `answer to ${word}`])
      }
      for (const { kind, at, depth } of all) {
        const numbers = [...expected.keys()]
        const number = numbers[at % Math.max(1, numbers.length)]
        const conversation = number === undefined ? undefined : store.byNumber(number)
        if (kind === 'new' || !conversation || conversation.tip === undefined) await tell(undefined)
        else if (kind === 'say') await tell(conversation)
        else if (kind === 'delete') {
          await remove(database, [conversation])
          expected.delete(conversation.number)
        } else {
          const ids = store.idsUpTo(conversation.tip)
          const last = depth % ids.length
          const fork = await store.fork(conversation, ids[last] ?? 0, 1)
          expected.set(fork.number, (expected.get(conversation.number) ?? []).slice(0, last + 1))
        }
      }
      for (const [number, texts] of expected) {
        const conversation = store.byNumber(number)
        assert.ok(conversation)
        assert.deepEqual(textsOf(store, conversation), texts)
        assert.equal(conversation.messages, texts.length)
      }
      for (let n = 0; n < said; n++) {
        const holders = [...expected]
          .filter(([, texts]) => texts.includes(`word${n}`))
          .map(([number]) => number)
        const hits = search(database, `word${n} `, 100).filter(({ message }) => message !== undefined)
        const exact = hits.filter(({ text }) => new RegExp(`word${n}\\b`).test(text))
        assert.equal(exact.length > 0, holders.length > 0)
        for (const { conversation } of exact) assert.ok(holders.includes(conversation.number))
      }
      const left = database.get<{ n: number }>('SELECT count(*) n FROM message')?.n
      assert.equal(left, new Set([...expected.values()].flat()).size)
    }),
    { numRuns: 25 },
  )
})

/** As on a full disk: the file may not grow. */
function fill(database: Database): () => void {
  const pages = database.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0
  database.get(`PRAGMA max_page_count = ${pages}`)
  return () => void database.get('PRAGMA max_page_count = 1000000')
}

test('on a full disk a question is refused as a whole, and what was there stays', async () => {
  await using it = await opened()
  const { store, database } = it
  const kept = await say(store, undefined, 'kept')
  const free = fill(database)
  const long = `unkept ${'x'.repeat(100_000)}`
  await assert.rejects(say(store, undefined, long), /full/)
  await assert.rejects(say(store, kept, long), /full/)
  free()
  assert.equal(store.list(10).length, 1)
  assert.deepEqual(textsOf(store, store.conversation(kept.id)), ['kept', 'answer to kept'])
  assert.deepEqual(search(database, 'unkept', 10), [])
  await say(store, store.conversation(kept.id), long)
  assert.equal(search(database, 'unkept', 10).length, 1)
})

test('an answer that another process was at has broken off', async () => {
  await using it = await opened()
  const { store } = it
  const ask = (text: string) =>
    store.ask(
      1,
      { title: text, options: {}, read: [] },
      { content: text, about: {} },
      { options: {}, read: [] },
    )
  const [running, waiting] = [await ask('running'), await ask('waiting')]
  await store.begin(running.answer.id)
  const call = { id: '1', name: 'fs_read', arguments: '{}', at: 0, result: 'x', untrusted: 'file' }
  await store.keep(running.answer.id, 'So far', { calls: [call] })
  await store.settleInterrupted()
  const { state, content, why, about } = store.message(running.answer.id) ?? {}
  assert.deepEqual([state, content, about?.calls?.length], ['broken_off', 'So far', 1])
  assert.match(why ?? '', /What it did until then took effect/)
  assert.deepEqual(
    store.byNumber(running.conversation.number)?.read,
    ['fs_read'],
    'it has read what others wrote',
  )
  assert.equal(store.message(waiting.answer.id)?.state, 'waiting')
  assert.equal(await store.begin(running.answer.id), false)
})

test('a title is one line of the first words, whatever is asked', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const title = titleOf(text)
      assert.ok(title.length > 0 && title.length <= 61)
      assert.ok(title.isWellFormed())
      assert.doesNotMatch(title, /[\p{Cc}\n]/u)
    }),
  )
})

test('a search takes any text for words', async () => {
  await using it = await opened()
  const { store, database } = it
  await say(store, undefined, 'Straße "NEAR" AND')
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => void search(database, text, 5)))
  for (const text of ['strasse', 'STRASSE', 'near', 'AND', 'stra']) void search(database, text, 5)
  assert.equal(search(database, 'straße near', 5).length, 1)
  assert.equal(search(database, 'stra', 5).length, 1)
})
