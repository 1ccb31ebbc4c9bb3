import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../src/client/connection.ts'
import { type Harness, harness } from '../../src/framework/harness.ts'
import { compileValidators } from '../../src/framework/testing/compile-validators.ts'
import { describeServer } from '../../src/protocol/descriptor.ts'
import type { CallToolResult, InputRequiredResult, Result } from '../../src/protocol/mcp.ts'
import { META } from '../../src/protocol/mcp.ts'
import { server } from './server.ts'

const start = (): Promise<Harness> =>
  harness(server, compileValidators(server), {
    clientCapabilities: { elicitation: {}, sampling: {}, roots: {} },
  })

const call = (connection: Connection, name: string, rest: object = {}) =>
  connection.request('tools/call', { name, arguments: {}, ...rest })

const answerTo: Record<string, Record<string, unknown>> = {
  'elicitation/create': { action: 'accept', content: { name: 'Alice', color: 'blue', ok: true } },
  'sampling/createMessage': { role: 'assistant', content: { type: 'text', text: 'Paris' }, model: 'm' },
  'roots/list': { roots: [{ uri: 'file:///test/root', name: 'Test Root' }] },
}

/** Calls a tool as a client does, which answers whatever it is asked. */
async function converse(connection: Connection, name: string, args: object = {}): Promise<CallToolResult> {
  let result = await call(connection, name, { arguments: args })
  while (result.resultType === 'input_required') {
    const { inputRequests = {}, requestState } = result as InputRequiredResult
    const inputResponses = Object.fromEntries(
      Object.entries(inputRequests).map(([key, { method }]) => [key, answerTo[method]]),
    )
    result = await call(connection, name, { arguments: args, inputResponses, requestState })
  }
  return result as CallToolResult
}

const textOf = (result: Result): string => (result.content as { text: string }[])[0]?.text ?? ''

test('its names are ones that every client accepts behind the gateway', () => {
  assert.equal(describeServer(server).tools.length, server.tools.length)
})

test('it has every tool, prompt and resource that the suite asks for', async () => {
  await using running = await start()
  const names = async (list: string, key: string, name: string) => {
    const result = await running.connection.request(list)
    return new Set((result[key] as Record<string, string>[]).map((item) => item[name]))
  }
  const tools = await names('tools/list', 'tools', 'name')
  for (const name of TOOLS) assert.ok(tools.has(name), name)
  const prompts = await names('prompts/list', 'prompts', 'name')
  for (const name of PROMPTS) assert.ok(prompts.has(name), name)
  const resources = await names('resources/list', 'resources', 'uri')
  for (const uri of RESOURCES) assert.ok(resources.has(uri), uri)
  const templates = await names('resources/templates/list', 'resourceTemplates', 'uriTemplate')
  assert.ok(templates.has('test://template/{id}/data'))
})

test('each kind of content is given as the suite wants it', async () => {
  await using running = await start()
  const types = async (name: string) =>
    ((await call(running.connection, name)).content as { type: string }[]).map(({ type }) => type)
  assert.deepEqual(await types('test_simple_text'), ['text'])
  assert.deepEqual(await types('test_image_content'), ['image'])
  assert.deepEqual(await types('test_audio_content'), ['audio'])
  assert.deepEqual(await types('test_embedded_resource'), ['resource'])
  assert.deepEqual(await types('test_multiple_content_types'), ['text', 'image', 'resource'])
  assert.equal((await call(running.connection, 'test_error_handling')).isError, true)
})

test('tools that ask come to an end once they are answered', async () => {
  await using running = await start()
  const { connection } = running
  assert.equal(textOf(await converse(connection, 'test_sampling', { prompt: 'Hi' })), 'LLM response: Paris')
  assert.match(
    textOf(await converse(connection, 'test_elicitation', { message: 'Hi' })),
    /^User response: action=accept/,
  )
  for (const name of ['test_elicitation_sep1034_defaults', 'test_elicitation_sep1330_enums'])
    assert.match(textOf(await converse(connection, name)), /^Elicitation completed: action=accept/)
  const round = (name: string) => converse(connection, `test_input_required_result_${name}`).then(textOf)
  assert.equal(await round('elicitation'), 'Hello, Alice!')
  assert.match(await round('sampling'), /Paris/)
  assert.match(await round('list_roots'), /test\/root/)
  assert.equal(await round('request_state'), 'state-ok')
  assert.match(await round('multiple_inputs'), /Alice/)
  assert.equal(await round('multi_round'), 'Alice likes blue.')
})

test('a client is asked only in ways that it declared', async () => {
  await using running = await start()
  const sampler = running.connect({ clientCapabilities: { sampling: {} } })
  const { inputRequests = {} } = (await call(
    sampler,
    'test_input_required_result_capabilities',
  )) as InputRequiredResult
  assert.deepEqual(
    Object.values(inputRequests).map(({ method }) => method),
    ['sampling/createMessage'],
  )
  const mute = running.connect({ clientCapabilities: {} })
  await assert.rejects(call(mute, 'test_missing_capability'), {
    code: -32021,
    data: { requiredCapabilities: { sampling: {} } },
  })
})

test('progress and log messages come in the steps that the suite counts', async () => {
  await using running = await start()
  const seen: unknown[] = []
  const onNotification = (_: string, params: Record<string, unknown>) =>
    seen.push(params.progress ?? params.data)
  const { connection } = running
  const _meta = { progressToken: 1, [META.logLevel]: 'debug' }
  await connection.request('tools/call', { name: 'test_tool_with_progress', _meta }, { onNotification })
  await connection.request('tools/call', { name: 'test_tool_with_logging', _meta }, { onNotification })
  assert.deepEqual(seen, [
    0,
    50,
    100,
    'Tool execution started',
    'Tool processing data',
    'Tool execution completed',
  ])
})

test('the triggers tell whoever listens', async () => {
  await using running = await start()
  const seen: string[] = []
  const wanted = [
    'subscriptions/acknowledged',
    'tools/list_changed',
    'prompts/list_changed',
    'resources/updated',
  ]
  const listening = running.connect()
  const all = new Promise<void>((resolve) => {
    const notifications = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourceSubscriptions: ['test://watched-resource'],
    }
    const onNotification = (method: string) => {
      seen.push(method.replace('notifications/', ''))
      if (seen.length === wanted.length) resolve()
    }
    listening.request('subscriptions/listen', { notifications }, { onNotification }).catch(() => {})
  })
  await listening.request('server/discover')
  for (const kind of ['tool', 'prompt', 'resource'])
    await call(running.connection, `test_trigger_${kind}_change`)
  await all
  assert.deepEqual(seen, wanted)
})

test('the tool with a 2020-12 schema holds its callers to it', async () => {
  await using running = await start()
  const name = 'json_schema_2020_12_tool'
  const good = await call(running.connection, name, { arguments: { contactMethod: 'phone', phone: '1' } })
  assert.equal(good.isError, undefined)
  const bad = await call(running.connection, name, { arguments: { contactMethod: 'phone', email: 'a' } })
  assert.equal(bad.isError, true)
})

const TOOLS = [
  ...['simple_text', 'image_content', 'audio_content', 'embedded_resource', 'multiple_content_types'],
  ...['tool_with_logging', 'tool_with_progress', 'error_handling', 'sampling', 'elicitation'],
  ...['elicitation_sep1034_defaults', 'elicitation_sep1330_enums', 'reconnection', 'missing_capability'],
  ...['streaming_elicitation', 'logging_tool', 'trigger_tool_change', 'trigger_prompt_change'],
  ...[
    'elicitation',
    'sampling',
    'list_roots',
    'request_state',
    'multiple_inputs',
    'multi_round',
    'tampered_state',
    'capabilities',
  ].map((name) => `input_required_result_${name}`),
].map((name) => `test_${name}`)

const PROMPTS = [
  'test_simple_prompt',
  'test_prompt_with_arguments',
  'test_prompt_with_embedded_resource',
  'test_prompt_with_image',
  'test_input_required_result_prompt',
]

const RESOURCES = ['test://static-text', 'test://static-binary', 'test://watched-resource']
