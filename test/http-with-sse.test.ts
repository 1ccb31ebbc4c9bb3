/** The transport of 2024-11-05, with the official client that still speaks it. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { send } from './support/http.ts'
import { connectLegacy } from './support/official-clients.ts'

let a: Appliance
before(async () => {
  a = await startAppliance({ config: 'sessions: {atOncePerCaller: 2}' })
})
after(() => a?.stop())

const connect = (answers: 'accept' | 'decline' = 'accept') =>
  connectLegacy({
    url: `${a.origin}/sse`,
    token: a.token,
    capabilities: { elicitation: {} },
    prepare: (client) =>
      client.setRequestHandler(ElicitRequestSchema, async () => ({ action: answers, content: {} })),
  })

test('lists tools, calls them, and is asked before a file is overwritten', async () => {
  const path = join(a.files, 'kept.txt')
  await writeFile(path, 'before')
  for (const [answers, content] of [
    ['decline', 'before'],
    ['accept', 'after'],
  ] as const) {
    const client = await connect(answers)
    const names = (await client.listTools()).tools.map(({ name }) => name)
    assert.ok(names.includes('fs_write_file') && names.includes('time_convert_time'))
    await client.callTool({ name: 'fs_write_file', arguments: { path: '/kept.txt', content: 'after' } })
    assert.equal(await readFile(path, 'utf8'), content)
    await client.close()
  }
})

test('a stream is its caller’s alone, and so many are open at once', async () => {
  const other = JSON.parse((await a.luca(['token', 'create', 'other', '--json'])).stdout).token
  const authorization = `Bearer ${a.token}`
  const controller = new AbortController()
  const open = async () => {
    const response = await fetch(`${a.origin}/sse/`, {
      headers: { authorization },
      signal: controller.signal,
    })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const first = response.status === 200 ? (await reader?.read())?.value : ''
    return { status: response.status, path: /^event: endpoint\ndata: (.*)\n/.exec(first ?? '')?.[1] ?? '' }
  }
  const post = (path: string, token: string, body = '{"jsonrpc":"2.0","id":1,"method":"ping"}') =>
    send(`${a.origin}${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
    })
  const { path } = await until('those before have gone', async () => {
    const opened = await open()
    return opened.status === 200 ? opened : undefined
  })
  assert.match(path, /^\/messages\?sessionId=[\w-]{32}$/)
  assert.equal((await post(path, a.token)).status, 202)
  assert.equal((await post(path, other)).status, 404)
  assert.equal((await post('/messages?sessionId=x', a.token)).status, 404)
  assert.equal((await post('/sse', a.token)).status, 405)
  await until('there is room for a second one', async () => (await open()).status === 200)
  assert.equal((await open()).status, 503)
  controller.abort()
  await until('there is room again', async () => (await post(path, a.token)).status === 404)
})

test('no token, no stream, and none after it is revoked', async () => {
  assert.equal((await send(`${a.origin}/sse`, { method: 'GET' })).status, 401)
  const token = JSON.parse((await a.luca(['token', 'create', 'gone', '--json'])).stdout).token
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${a.origin}/sse`, { headers })
  const ended = response.text().catch(() => '')
  await a.luca(['token', 'revoke', 'gone'])
  await ended
})
