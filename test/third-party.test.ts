/** Servers of others behind the adapter: real ones, through the real appliance. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { startAppliance, until } from './support/appliance.ts'
import { callTool, post } from './support/http.ts'
import { processes } from './support/processes.ts'
import {
  a,
  add,
  clients,
  EVERYTHING,
  FILESYSTEM,
  folder,
  NAUGHTY,
  server,
  textOf,
} from './support/third-party.ts'

describe('server-everything', () => {
  before(() => add('every', EVERYTHING))
  for (const [era, open] of Object.entries(clients)) {
    test(`its tools work for a client of ${era}, with progress, sampling, elicitation and roots`, async () => {
      const client = await open()
      const text = async (name: string, args = {}) =>
        JSON.stringify(await client.callTool({ name: `every_${name}`, arguments: args }))
      assert.match(await text('echo', { message: 'hi' }), /Echo: hi/)
      assert.match(await text('get-sum', { a: 1, b: 2 }), /is 3/)
      assert.match(await text('trigger-sampling-request', { prompt: 'x', maxTokens: 5 }), /sampled/)
      assert.match(await text('trigger-elicitation-request'), /Ada/)
      assert.match(await text('get-roots-list'), /somewhere/)
      const progress: number[] = []
      await client.callTool(
        { name: 'every_trigger-long-running-operation', arguments: { duration: 0.3, steps: 3 } },
        undefined,
        { onprogress: ({ progress: n }) => void progress.push(n) },
      )
      // The older client drops what comes together with the answer.
      assert.deepEqual(progress.slice(0, 2), [1, 2])
      await client.close()
    })
  }

  test('its prompts and resources are offered too', async () => {
    const { prompts } = (await post(a.url, a.token, 'prompts/list')).json.result
    const simple = prompts.find(({ name }: { name: string }) => name.startsWith('every_simple'))
    const got = await post(a.url, a.token, 'prompts/get', { name: simple.name })
    const [message] = got.json.result.messages
    for (const { _meta } of [got.json.result, message.content])
      assert.equal(_meta?.['io.llmbasedos/untrusted'], 'server', got.text)
    const { resources } = (await post(`${a.url}/every`, a.token, 'resources/list')).json.result
    const read = await post(a.url, a.token, 'resources/read', { uri: resources[0].uri })
    assert.equal(read.json.result.contents[0].uri, resources[0].uri)
    for (const { _meta } of [read.json.result, read.json.result.contents[0]])
      assert.equal(_meta?.['io.llmbasedos/untrusted'], 'server', read.text)
    for (const listed of [...prompts, ...resources]) assert.ok(!('untrusted' in listed))
  })

  test('it tells what others wrote as such, and its tools are asked about unless they say they destroy nothing', async () => {
    const { result } = (await callTool(a.url, a.token, 'every_echo', { message: 'x' })).json
    assert.equal(result._meta['io.llmbasedos/untrusted'], 'server')
  })
})

test('server-filesystem works with the folder that it is given', async () => {
  await add('other-files', FILESYSTEM, folder)
  const read = await callTool(a.url, a.token, 'other-files_read_text_file', { path: join(folder, 'a.txt') })
  assert.equal(textOf(read), 'hello')
  const refused = await callTool(a.url, a.token, 'other-files_read_text_file', { path: '/etc/passwd' })
  assert.equal(refused.json.result.isError, true)
  const listed = async (url: string, name: string) => {
    const { tools } = (await post(url, a.token, 'tools/list')).json.result
    return tools.find((tool: { name: string }) => tool.name === name).description
  }
  assert.match(await listed(a.url, 'other-files_read_file'), /Use other-files_read_text_file instead/)
  assert.match(await listed(`${a.url}/other-files`, 'read_file'), /Use read_text_file instead/)
})

test('a server that was added is there again after a restart, and nothing of it is left when all ends', async () => {
  const own = await startAppliance({ config: 'consent: {ask: false}\n' })
  try {
    const added = await own.luca([
      'server',
      'add',
      'kept',
      '--state',
      own.state,
      '--',
      process.execPath,
      NAUGHTY,
      'kept-one',
    ])
    assert.equal(added.code, 0, added.stderr)
    await until(
      'it answers',
      async () => textOf(await callTool(own.url, own.token, 'kept_echo', { text: 'a' })) === 'echo: a',
    )
    assert.equal(processes('kept-one').length, 1)
  } finally {
    await own.stop()
  }
  await until('nothing is left', () => processes('kept-one').length === 0)
})

test('what luca server has done holds for clients once it has ended', async () => {
  const isServed = async () => (await post(`${a.url}/brief`, a.token, 'tools/list')).status === 200
  const change = async (...words: string[]) => {
    const { code, stderr } = await server(...words)
    assert.equal(code, 0, stderr)
    return isServed()
  }
  for (let round = 0; round < 3; round++) {
    assert.equal(await change('add', 'brief', '--', process.execPath, NAUGHTY), true)
    assert.equal(await change('disable', 'brief'), false)
    assert.equal(await change('enable', 'brief'), true)
    assert.equal(await change('remove', 'brief'), false)
  }
})
