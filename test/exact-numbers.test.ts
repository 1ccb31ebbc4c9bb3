/** Numbers that no double holds, on the whole way from a client to a server and back. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import WebSocket from 'ws'
import { CURRENT_VERSION, META } from '../src/protocol/mcp.ts'
import { ROOT } from './support/appliance.ts'
import { headersOf, send } from './support/http.ts'
import { a, server } from './support/third-party.ts'

const GIVEN = '1234567890123456788'
const NEXT = '1234567890123456789'
const META_TEXT = `{"${META.version}":"${CURRENT_VERSION}","${META.clientCapabilities}":{}}`
const called = (name: string, args: string) =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}","arguments":${args},"_meta":${META_TEXT}}}`

function assertExact(text: string): void {
  assert.match(
    text,
    new RegExp(`"structuredContent":\\{"n":${NEXT},"list":\\[\\[${NEXT},"1234567890123456789"`),
  )
  assert.match(text, new RegExp(`"text":"${NEXT}"`))
}

test('a long integer reaches a server of others over HTTP as it was written, and is returned so', async () => {
  const added = await server('add', 'exact', '--', 'python3', join(ROOT, 'test/exact-server/server.py'))
  assert.equal(added.code, 0, added.stderr)
  assert.doesNotMatch(added.stderr, /left out/)
  const headers = { ...headersOf(a.token, 'tools/call', 'exact_next'), 'mcp-param-n': GIVEN }
  assertExact((await send(a.url, { headers, body: called('exact_next', `{"n":${GIVEN}}`) })).text)
  const other = { ...headers, 'mcp-param-n': '1234567890123456800' }
  const refused = await send(a.url, { headers: other, body: called('exact_next', `{"n":${GIVEN}}`) })
  assert.match(refused.text, /does not say the same as the body/)
})

test('so it does over a WebSocket, by the plain endpoints, and by luca', async () => {
  const socket = new WebSocket(`${a.origin.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${a.token}` },
  })
  const answer = await new Promise<string>((resolve, reject) => {
    socket.on('open', () => socket.send(called('exact_next', `{"n":${GIVEN}}`)))
    socket.on('message', (data) => resolve(data.toString()))
    socket.on('error', reject)
  })
  socket.close()
  assertExact(answer)
  const plain = { authorization: `Bearer ${a.token}`, 'content-type': 'application/json' }
  const rest = await send(`${a.origin}/mcp/tools/exact_next`, { headers: plain, body: `{"n":${GIVEN}}` })
  assert.ok(rest.text.includes(`"n":${NEXT}`), rest.text)
  for (const [input, ...args] of [
    [undefined, 'call', 'exact_next', `{"n": ${GIVEN}}`, '--json'],
    [`{"n": ${GIVEN}}`, 'call', 'exact_next', '-', '--json'],
  ]) {
    const { stdout, stderr } = await a.luca(args as string[], input)
    assert.match(stdout, new RegExp(`"n": ?${NEXT}`), stderr)
  }
})

test('a tool of ours refuses a number that it would have to round, and says how to send it', async () => {
  const headers = headersOf(a.token, 'tools/call', 'fs_read_text_file')
  const reply = await send(a.url, {
    headers,
    body: called('fs_read_text_file', `{"path":"/a","head":${GIVEN}}`),
  })
  assert.equal(reply.json.result.isError, true, reply.text)
  assert.match(
    reply.json.result.content[0].text,
    /head must be integer, and so exactly that it is not rounded/,
  )
})

test('what is no object is none though its number is kept as it was written', async () => {
  const headers = headersOf(a.token, 'tools/list')
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":${GIVEN}}`
  assert.match((await send(a.url, { headers, body })).text, /The params must be an object or an array/)
  const { code, stderr } = await a.luca(['call', 'fs_list_directory', GIVEN])
  assert.equal(code, 2)
  assert.match(stderr, /The arguments must be a JSON object/)
})

test('an id of a request that would be rounded is refused, since its answer could not name it', async () => {
  const headers = headersOf(a.token, 'tools/list')
  const body = `{"jsonrpc":"2.0","id":${GIVEN},"method":"tools/list","params":{"_meta":${META_TEXT}}}`
  assert.match((await send(a.url, { headers, body })).text, /An id must be .*: send it as a string/)
})
