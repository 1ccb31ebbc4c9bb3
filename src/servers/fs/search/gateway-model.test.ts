/** Searching with an embedding model of the gateway. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatewayModel } from '../../../protocol/define.ts'
import { ERRORS } from '../../../protocol/errors.ts'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { Searching } from '../testing/searching.ts'
import { EMBEDDING } from './service.ts'

const NOTES = {
  'notes/boiler.md': '# Heating\n\nThe boiler is serviced each autumn before it gets cold.',
  'notes/bread.md': '# Baking\n\nFeed the sourdough, then let the dough rise overnight.',
}
const LOAF = 'recipe for making my own loaf'
const HERE: GatewayModel = { name: 'bge', provider: 'local', kind: 'embedding' }
const AWAY: GatewayModel = { name: 'embed-large', provider: 'acme' }

/** A gateway whose model knows of baking and of heating. */
class Gateway {
  models: GatewayModel[] = [HERE, AWAY, { name: 'chatty', provider: 'local', kind: 'chat' }]
  failure: RpcError | undefined
  readonly sent: string[] = []

  readonly answers = {
    models: () => this.models,
    embed: (texts: readonly string[]) => {
      if (this.failure) throw this.failure
      this.sent.push(...texts)
      return texts.map((text) => [
        /loaf|dough|bak/i.test(text) ? 1 : 0,
        /boiler|heat/i.test(text) ? 1 : 0,
        0.05,
      ])
    },
  }
}

const start = async (gateway: Gateway) => await new Searching(NOTES).start({ gateway: gateway.answers })
const textOf = ({ content }: CallToolResult) =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')

test('a model of the gateway is listed, chosen, embeds by the wake list and finds by meaning', async () => {
  const gateway = new Gateway()
  await using it = await start(gateway)
  await it.add('/notes')
  const { models } = await it.asked<{ models: { name: string; source: string; provider?: string }[] }>(
    'search_models',
  )
  assert.deepEqual(
    models.map(({ name, source, provider }) => [name, source, provider]),
    [
      ['use-lite', 'shipped', undefined],
      ['bge', 'machine', undefined],
      ['embed-large', 'elsewhere', 'acme'],
      ['disabled', 'none', undefined],
    ],
  )
  await it.asked('search_models', { action: 'use', name: 'bge' })
  await it.running.worked()
  // The former one answers until then.
  assert.equal((await it.found(LOAF))[0], '/notes/bread.md')
  await it.running.wake(EMBEDDING)
  const status = await it.status()
  assert.deepEqual([status.model, status.withoutMeaning, status.problem], ['bge', 0, undefined])
  assert.equal(it.running.gateway.wakeList.entries.has(EMBEDDING), false)
  gateway.sent.length = 0
  assert.equal((await it.found(LOAF))[0], '/notes/bread.md')
  assert.deepEqual(gateway.sent, [LOAF])
})

test('a file that is new is embedded within the call that comes after a search', async () => {
  const gateway = new Gateway()
  await using it = await start(gateway)
  await it.asked('search_models', { action: 'use', name: 'bge' })
  await it.add('/notes')
  await it.running.wake(EMBEDDING)
  it.put('notes/cake.md', '# Baking\n\nA cake.')
  await it.found('cake')
  await it.running.worked()
  await it.found('cake')
  await it.running.wake(EMBEDDING)
  assert.equal((await it.status()).withoutMeaning, 0)
  assert.ok(gateway.sent.some((text) => text.includes('A cake.')))
})

test('texts go elsewhere only once a person agreed, and the answer says where to', async () => {
  const gateway = new Gateway()
  await using it = await start(gateway)
  await it.add('/notes')
  const request = { name: 'search_models', arguments: { action: 'use', name: 'embed-large' } }
  const unasked = await it.running.connection.request('tools/call', request)
  assert.match(JSON.stringify(unasked), /send the texts of all searched folders, and each question, to/)
  assert.deepEqual(gateway.sent, [])
  assert.equal((await it.status()).model, 'use-lite')
  const agreed = await it.call('search_models', request.arguments)
  assert.match(textOf(agreed), /Texts of searched folders and questions are sent to .*acme/)
  await it.running.wake(EMBEDDING)
  assert.equal((await it.status()).model, 'embed-large')
})

test('a model elsewhere gets nothing more once another was chosen, not even while that embeds', async () => {
  const gateway = new Gateway()
  await using it = await start(gateway)
  await it.add('/notes')
  await it.asked('search_models', { action: 'use', name: 'embed-large' })
  await it.running.wake(EMBEDDING)
  await it.asked('search_models', { action: 'use', name: 'bge' })
  gateway.sent.length = 0
  gateway.models = [AWAY]
  assert.deepEqual(await it.found('boiler'), ['/notes/boiler.md'])
  assert.deepEqual([gateway.sent, (await it.status()).formerModel], [[], undefined])
})

test('a model that moved elsewhere gets nothing, words find, and the status says why', async () => {
  const gateway = new Gateway()
  await using it = await start(gateway)
  await it.add('/notes')
  await it.asked('search_models', { action: 'use', name: 'bge' })
  await it.running.wake(EMBEDDING)
  gateway.models = [{ ...HERE, provider: 'acme' }]
  gateway.sent.length = 0
  assert.deepEqual(await it.found('boiler'), ['/notes/boiler.md'])
  assert.deepEqual(gateway.sent, [])
  assert.match((await it.status()).problem ?? '', /is at "acme" now/)
})

test('a quota that is used up leaves the words, is told, and it comes back for the rest', async () => {
  const gateway = new Gateway()
  await using it = await start(gateway)
  await it.asked('search_models', { action: 'use', name: 'bge' })
  await it.add('/notes')
  gateway.failure = new RpcError('RATE_LIMITED', 'Your quota is used up.')
  await it.running.wake(EMBEDDING)
  assert.match((await it.status()).problem ?? '', /Your quota is used up\. Words alone/)
  assert.ok(it.running.gateway.wakeList.entries.has(EMBEDDING))
  assert.deepEqual(await it.found('boiler'), ['/notes/boiler.md'])
  const { missing } = await it.asked<{ missing: { meaning: string } }>('search_documents', {
    query: 'boiler',
  })
  assert.match(missing.meaning, /quota is used up/)
  gateway.failure = undefined
  await it.running.wake(EMBEDDING)
  assert.equal((await it.found(LOAF))[0], '/notes/bread.md')
  const { problem, withoutMeaning } = await it.status()
  assert.deepEqual([problem, withoutMeaning], [undefined, 0])
})

test('a model that gives no vectors is not chosen', async () => {
  const gateway = new Gateway()
  await using it = await start(gateway)
  gateway.failure = new RpcError('INVALID_PARAMS', 'It writes text.', {
    data: { code: ERRORS.INTERNAL.code },
  })
  await assert.rejects(
    it.asked('search_models', { action: 'use', name: 'chatty' }),
    /"chatty" gave no vectors: It writes text/,
  )
  const { models } = await it.asked<{ models: { name: string; isChosen: boolean }[] }>('search_models')
  assert.equal(models.find(({ isChosen }) => isChosen)?.name, 'use-lite')
})
