/** `mcp.llm.chat`, the older name, over the connections that older clients use. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Appliance, until } from './support/appliance.ts'
import { type LanguageModels, QUESTION, startLanguageModels } from './support/language-models.ts'
import { ANSWER } from './support/provider.ts'
import { connectUnix, connectWebSocket, type V1Client } from './support/v1-client.ts'

let models: LanguageModels
let a: Appliance
before(async () => {
  models = await startLanguageModels()
  ;({ appliance: a } = models)
})
after(() => models?.[Symbol.asyncDispose]())

for (const [name, open] of Object.entries({
  'UNIX socket': () => connectUnix(a.socket),
  WebSocket: () => connectWebSocket(a.origin, { token: a.token }),
}))
  describe(`on the ${name}`, () => {
    let client: V1Client
    before(async () => {
      client = await open()
    })
    after(() => client?.close())

    test('takes messages and options by position, or both in one object', async () => {
      for (const params of [
        [QUESTION],
        [QUESTION, { model: 'sky', temperature: 0 }],
        [{ messages: QUESTION, options: { model: 'sky', temperature: 0 } }],
        { messages: QUESTION, options: { model: 'sky' } },
        { messages: QUESTION, model: 'sky' },
      ]) {
        const { result } = await client.call('mcp.llm.chat', params)
        assert.equal(result.object, 'chat.completion')
        assert.equal(result.choices[0].message.content, ANSWER)
      }
      assert.equal((await client.call('mcp.llm.chat', [QUESTION, { model: 'tiny' }])).result.model, 'tiny')
    })

    test('counts a conversation: by the model itself on this machine, by estimate elsewhere', async () => {
      const tiny = (await client.call('mcp.llm.count', [QUESTION, { model: 'tiny' }])).result
      assert.deepEqual([tiny.model, tiny.tokens, tiny.exact], ['tiny', 10, true])
      const sky = (await client.call('mcp.llm.count', [QUESTION, { model: 'sky' }])).result
      assert.deepEqual([sky.model, sky.context, sky.tools, sky.exact], ['sky', null, true, false])
      assert.ok(sky.tokens > 5)
    })

    test('streams results with the same id, and one more that ends them', async () => {
      client.send(JSON.stringify({ id: 's', method: 'mcp.llm.chat', params: [QUESTION, { stream: true }] }))
      let said = ''
      for (;;) {
        const { id, result } = await client.next()
        assert.equal(id, 's')
        if (result.type === 'llm_stream_end') {
          assert.deepEqual(result, { type: 'llm_stream_end' })
          break
        }
        assert.equal(result.type, 'llm_chunk')
        assert.equal(result.content.object, 'chat.completion.chunk')
        said += result.content.choices[0].delta.content ?? ''
      }
      assert.equal(said, ANSWER)
    })

    test('an error ends the stream as an error', async () => {
      const { error } = await client.call('mcp.llm.chat', [QUESTION, { stream: true, model: 'large' }])
      assert.equal(error.code, -32602)
      assert.match(error.message, /"large".*tiny.*sky/s)
      assert.equal((await client.call('mcp.llm.chat', ['hello'])).error.code, -32602)
      assert.equal((await client.call('mcp.llm.chat', [])).error.code, -32602)
    })

    test('cancelling stops the model', async () => {
      const before = a.log().split('generation stopped').length
      const messages = [{ role: 'user', content: 'forever' }]
      const request = { id: 9, method: 'mcp.llm.chat', params: [messages, { stream: true, model: 'tiny' }] }
      client.send(JSON.stringify(request))
      assert.equal((await client.next()).result.type, 'llm_chunk')
      const params = { requestId: 9 }
      client.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params }))
      await until('generation stopped', () => a.log().split('generation stopped').length > before)
    })
  })
