/** Language models for clients of MCP, and what is written down of their calls. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type OpenAI from 'openai'
import { type Appliance, until } from './support/appliance.ts'
import { callTool, send } from './support/http.ts'
import { type LanguageModels, QUESTION, startLanguageModels } from './support/language-models.ts'

let models: LanguageModels
let a: Appliance
let openai: OpenAI
before(async () => {
  models = await startLanguageModels()
  ;({ appliance: a, openai } = models)
})
after(() => models?.[Symbol.asyncDispose]())

test('llm_chat answers as text, and its server’s own tools are out of reach', async () => {
  const { json } = await callTool(a.url, a.token, 'llm_chat', { prompt: 'Hi', model: 'tiny' })
  assert.equal(json.result.content[0].text, 'I am tiny.')
  for (const name of ['llm_models', 'llm_count', 'llm-remote_chat'])
    assert.equal((await callTool(a.url, a.token, name)).json.error.code, -32602, name)
  for (const [args, what] of [
    [{}, /"prompt" or "messages"/],
    [{ prompt: 'x', n: 2 }, /no parameter "n"/],
    [{ prompt: 'x', model: 'large' }, /no model "large"/],
  ] as const) {
    const { json: bad } = await callTool(a.url, a.token, 'llm_chat', args)
    assert.equal(bad.result.isError, true)
    assert.match(bad.result.content[0].text, what)
  }
})

test('it is listed, and tells its pieces as progress', async () => {
  const client = new Client({ name: 'test', version: '1' })
  const headers = { authorization: `Bearer ${a.token}` }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(a.url), { requestInit: { headers } }) as never,
  )
  const { tools } = await client.listTools()
  assert.deepEqual(
    tools.filter(({ name }) => name.startsWith('llm')).map(({ name }) => name),
    ['llm_chat'],
  )
  const pieces: (string | undefined)[] = []
  const args = { prompt: 'queue', model: 'tiny' }
  await client.callTool({ name: 'llm_chat', arguments: args }, undefined, {
    onprogress: ({ message }) => void pieces.push(message),
  })
  assert.deepEqual(pieces, ['Waits for 2 before it.', 'I', ' am', ' tiny', '.'])
  await client.close()
})

test('calls are in the log and the metrics like any other', async () => {
  await openai.chat.completions.create({ model: 'sky', messages: QUESTION })
  const line = await until('the call is in the log', () =>
    a
      .log()
      .split('\n')
      .findLast((one) => one.includes('"method":"mcp.llm.chat"') && one.includes('"model":"sky"')),
  )
  const audited = JSON.parse(line.slice(line.indexOf('{')))
  assert.deepEqual(
    [audited.tool, audited.outcome, audited.llm.model, audited.llm.completionTokens],
    ['llm_chat', 'ok', 'sky', 5],
  )
  assert.ok(!a.log().includes('What colour'))
  const { text } = await send(`${a.origin}/metrics`, {
    method: 'GET',
    headers: { authorization: `Bearer ${a.token}` },
  })
  assert.match(text, /mcp_tool_executions_total\{tool_name="llm_chat",status="ok"\} \d+/)
  assert.match(text, /llmbasedos_llm_tokens_total\{model="sky",kind="completion"\} \d+/)
})
