import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from '@modelcontextprotocol/client'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'
import { CallError, defineServer, defineTool, type ToolContext, ToolError } from '../protocol/define.ts'
import * as Type from '../protocol/schema.ts'
import { harness } from './harness.ts'
import { compileValidators } from './testing/compile-validators.ts'
import { FakeClock } from './testing/fake-clock.ts'
import { sampleServer } from './testing/sample-server.ts'
import { notedIn, WORKING_FOLDER, workingServer } from './testing/working-server.ts'

const ANNOTATIONS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }

test('the official client, pinned to this revision, discovers, lists, calls, reads and gets', async () => {
  const { server, validators } = sampleServer()
  await using running = await harness(server, validators)
  const client = new Client(
    { name: 'official', version: '1' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  )
  await client.connect(running.transport())
  assert.equal(client.getServerVersion()?.name, 'sample')
  assert.equal((await client.listTools()).tools.length, server.tools.length)
  const progress: number[] = []
  const talked = await client.callTool(
    { name: 'talkative' },
    { onprogress: ({ progress: n }) => void progress.push(n) },
  )
  assert.deepEqual(talked.content, [{ type: 'text', text: 'talked' }])
  assert.deepEqual(progress, [0, 1, 2])
  const echoed = await client.callTool({ name: 'echo', arguments: { text: 'hi' } })
  assert.deepEqual(echoed.structuredContent, { text: 'hi' })
  assert.equal((await client.readResource({ uri: 'sample://one' })).contents[0]?.uri, 'sample://one')
  assert.equal((await client.getPrompt({ name: 'greet', arguments: { who: 'x' } })).messages.length, 1)
  await assert.rejects(client.readResource({ uri: 'sample://nothing' }), { code: -32602 })
  await client.close()
})

test('the official client answers a question in the middle of a call', async () => {
  const { server, validators } = sampleServer()
  await using running = await harness(server, validators)
  const client = new Client(
    { name: 'official', version: '1' },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode: { pin: '2026-07-28' } } },
  )
  client.setRequestHandler('elicitation/create', async () => ({ action: 'decline' }))
  await client.connect(running.transport())
  const result = await client.callTool({ name: 'asksTwice' })
  assert.deepEqual(result.content, [{ type: 'text', text: 'decline decline decline' }])
  await client.close()
})

test('a server gets the environment and state directory that the harness was given, and is closed with it', async () => {
  const { server, validators } = sampleServer()
  const events: unknown[] = []
  const observed = defineServer({
    ...server,
    open: async (host) => {
      events.push(host.directories.state, host.env)
      return server.open(host)
    },
    close: async () => void events.push('closed'),
  })
  const running = await harness(observed, validators, {
    directories: { state: '/some/where' },
    env: { A: 'b' },
  })
  await Promise.all([running.close(), running.close()])
  assert.deepEqual(events, ['/some/where', { A: 'b' }, 'closed'])
})

/** A server whose one tool asks this of the gateway. */
function asking(ask: (call: ToolContext) => Promise<unknown>) {
  const server = defineServer({
    name: 'asking',
    title: 'Asking',
    version: '1.0.0',
    description: 'Asks',
    scope: 'user',
    calls: ['*'],
    tools: [
      defineTool({
        name: 'ask',
        title: 'Ask',
        description: 'Asks',
        capability: 'asking.use',
        input: Type.Object({}),
        annotations: ANNOTATIONS,
        handler: async (_, call) => JSON.stringify(await ask(call)),
      }),
    ],
    open: async () => ({}),
  })
  return async (gateway: Parameters<typeof harness>[2] = {}) => {
    const running = await harness(server, compileValidators(server), gateway)
    const result = await running.connection.request('tools/call', { name: 'ask', arguments: {} })
    await running.close()
    const [{ text = '' } = {}] = result.content as { text?: string }[]
    return { answer: JSON.parse(text), asked: running.gateway.asked }
  }
}

test('what a handler asks of others is answered as the test says, and kept', async () => {
  const parts: unknown[] = []
  const { answer, asked } = await asking(async ({ gateway }) => [
    (await gateway.callTool('fs_read_text_file', { path: '/a' })).content,
    await gateway.readResource('note://1'),
    (await gateway.chat({ messages: [] }, { onDelta: ({ content }) => parts.push(content) })).choices[0]
      ?.message,
    await gateway.embed(['a', 'b']),
    await gateway.models(),
  ])({
    gateway: {
      tools: { fs_read_text_file: ({ path }) => `text of ${path}` },
      resources: { 'note://1': () => 'a note' },
      chat: () => 'two words',
      embed: (texts) => texts.map((_, n) => [n]),
      models: () => [{ name: 'bge', provider: 'local', kind: 'embedding' }],
    },
  })
  assert.deepEqual(answer, [
    [{ type: 'text', text: 'text of /a' }],
    [{ uri: 'note://1', text: 'a note' }],
    { role: 'assistant', content: 'two words' },
    [[0], [1]],
    [{ name: 'bge', provider: 'local', kind: 'embedding' }],
  ])
  assert.deepEqual(parts, ['two ', 'words'])
  assert.deepEqual(asked[0], {
    method: 'gateway/callTool',
    params: { name: 'fs_read_text_file', arguments: { path: '/a' } },
  })
})

test('a tool that fails, and one that there is not, fail as behind the real gateway', async () => {
  const { answer } = await asking(({ gateway }) =>
    Promise.all(
      ['fs_full', 'fs_none'].map((name) =>
        gateway.callTool(name).catch((error) => [error instanceof ToolError, error instanceof CallError]),
      ),
    ),
  )({
    gateway: {
      tools: {
        fs_full: () => ({
          resultType: 'complete',
          content: [{ type: 'text', text: 'The disk is full.' }],
          isError: true,
        }),
      },
    },
  })
  assert.deepEqual(answer, [
    [true, false],
    [true, true],
  ])
})

test('what a server wants to be woken for and hears is kept, and a test has its time come', async () => {
  const seen: unknown[] = []
  const server = defineServer({
    name: 'waking',
    title: 'Waking',
    version: '1.0.0',
    description: 'Wakes itself',
    scope: 'user',
    tools: [
      defineTool({
        name: 'plan',
        title: 'Plan',
        description: 'Plans',
        capability: 'waking.use',
        input: Type.Object({}),
        annotations: ANNOTATIONS,
        async handler(_, { wake, events }) {
          await wake.at('once', 5000)
          await wake.every('daily', { cron: '0 7 * * *' })
          await events.hear('mail.new')
          await events.tell('waking.planned', { entries: 2 })
          seen.push(
            await wake.cancel('none'),
            (await wake.list()).map(({ key }) => key),
          )
          return 'planned'
        },
      }),
    ],
    events: ['waking.planned'],
    hears: { 'mail.new': async ({ events }) => void seen.push(events) },
    woken: async (key, { due, late }) => void seen.push([key, due, late]),
    open: async () => ({}),
  })
  await using running = await harness(server, compileValidators(server))
  await running.connection.request('tools/call', { name: 'plan', arguments: {} })
  assert.deepEqual(running.gateway.wakeList.told, [{ name: 'waking.planned', data: { entries: 2 } }])
  assert.deepEqual([...running.gateway.wakeList.heard], ['mail.new'])
  await running.wake('once', { late: true })
  await running.wake('daily')
  await running.tell('mail.new', [{ at: 1, data: { id: 7 } }])
  assert.deepEqual(seen, [
    false,
    ['once', 'daily'],
    ['once', 5000, true],
    ['daily', 0, false],
    [{ at: 1, data: { id: 7 } }],
  ])
  assert.deepEqual([...running.gateway.wakeList.entries.keys()], ['daily'])
})

test('an entry for work in the background is kept from the handlers of the server', async () => {
  using folder = temporaryDirectory()
  const { server, validators } = workingServer()
  const first = await harness(server, validators, { env: { [WORKING_FOLDER]: folder.path } })
  await first.connection.request('tools/call', { name: 'start', arguments: { work: 'failing' } })
  assert.deepEqual([...first.gateway.wakeList.entries.keys()], ['background:failing'])
  await first.worked()
  await first.close()
  const { answer } = await asking(async ({ wake }) => [
    await wake.list(),
    ...(await Promise.all([
      wake.at('background:x', 1).catch(({ code }) => code),
      wake.every('background:x', { minutes: 1 }).catch(({ code }) => code),
      wake.cancel('background:x').catch(({ code }) => code),
    ])),
  ])()
  assert.deepEqual(answer, [[], -32602, -32602, -32602])
})

test('work that was stopped with its process goes on when the time of its entry comes', async () => {
  using folder = temporaryDirectory()
  const { server, validators } = workingServer()
  const clock = new FakeClock('2026-11-28T12:00:00Z')
  const options = { clock, directories: { state: folder.path }, env: { [WORKING_FOLDER]: folder.path } }
  const first = await harness(server, validators, options)
  await first.connection.request('tools/call', { name: 'start', arguments: { work: 'index' } })
  assert.deepEqual([...first.gateway.wakeList.entries.values()], [{ time: clock.wall() + 5 * 60_000 }])
  await first.close()
  assert.equal(notedIn(folder.path).at(-1), 'closed')
  clock.advance(5 * 60_000)
  await using next = await harness(server, validators, options)
  await next.wake('background:index', { late: true })
  writeFileSync(join(folder.path, 'enough'), '')
  await next.worked()
  assert.equal(notedIn(folder.path).at(-1), 'index is done')
  // Its entry comes once more, and finds nothing to do.
  clock.advance(5 * 60_000)
  await next.wake('background:index')
  await next.worked()
  assert.deepEqual([...next.gateway.wakeList.entries.keys()], [])
  assert.equal(notedIn(folder.path).filter((line) => line === 'index began').length, 2)
})
