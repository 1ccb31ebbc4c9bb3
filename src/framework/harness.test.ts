import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from '@modelcontextprotocol/client'
import { defineServer } from '../protocol/define.ts'
import { harness } from './harness.ts'
import { sampleServer } from './testing/sample-server.ts'

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
