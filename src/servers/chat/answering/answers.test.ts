import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machineClock } from '../../../host/clock.ts'
import { openDatabase } from '../../../host/database.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import type { GatewayCalls } from '../../../protocol/define.ts'
import type { WakeList } from '../../../protocol/wake.ts'
import { CHAT_STEPS } from '../store/steps.ts'
import { Store } from '../store/store.ts'
import { Answers } from './answers.ts'

test('an answer that can’t be kept, as the disk is full, ends and says so; the next one is kept', async () => {
  using folder = temporaryDirectory()
  const database = await openDatabase({ folder: folder.path, name: 'chat', steps: CHAT_STEPS })
  const store = new Store(database)
  const warned: string[] = []
  const answers = new Answers({
    store,
    clock: machineClock,
    summariseAt: 0.6,
    warn: (_, text) => warned.push(text),
  })
  let limit: string | undefined
  const gateway = {
    countTokens: async () => ({ tokens: 1, context: 4096 }),
    async chat(_: unknown, { onDelta }: { onDelta?(delta: { content: string }): void }) {
      if (limit !== undefined) database.get(limit)
      onDelta?.({ content: 'x'.repeat(200_000) })
      return {
        model: 'm',
        choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, total_tokens: 1 },
      }
    },
  } as unknown as GatewayCalls
  const keys: string[] = []
  const wake = { at: async (key: string) => void keys.push(key) } as unknown as WakeList
  const call = { gateway, wake, signal: new AbortController().signal }
  const ask = async (at?: Parameters<Store['ask']>[1]) => {
    const given = at ?? { title: 'x', options: {}, read: [] }
    return store.ask(1, given, { content: 'x', about: {} }, { options: {}, read: [] })
  }
  const asked = await ask()
  limit = `PRAGMA max_page_count = ${database.get<{ page_count: number }>('PRAGMA page_count')?.page_count}`
  const live = await answers.ask(asked, call)
  await answers.woken(keys[0] ?? '', call)
  assert.deepEqual([live.state, live.content.length], ['broken_off', 200_000])
  assert.match(live.why ?? '', /could not be kept: .*full/)
  assert.deepEqual(warned, ['an answer could not be kept'])
  limit = 'PRAGMA max_page_count = 1000000'
  database.get(limit)
  const next = await answers.ask(await ask(store.conversation(asked.conversation.id)), call)
  await answers.woken(keys[1] ?? '', { ...call, wake: { ...wake, list: async () => [] } as WakeList })
  assert.equal(next.state, 'whole')
  assert.equal(store.message(asked.answer.id)?.state, 'broken_off')
  await database.close()
})
