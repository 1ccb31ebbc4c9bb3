/** The older era: what a session promises beyond a single request, against the fixture server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { type Appliance, FIXTURE_SERVER, startAppliance, until } from './support/appliance.ts'
import { send } from './support/http.ts'

let a: Appliance
let url: string
before(async () => {
  a = await startAppliance(FIXTURE_SERVER)
  url = `${a.url}/fixture`
})
after(() => a?.stop())

const headers = (session?: string): Record<string, string> => ({
  authorization: `Bearer ${a.token}`,
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  ...(session ? { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' } : {}),
})
const message = (method: string, params: object, id: unknown = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

async function open(capabilities: object = {}): Promise<string> {
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 't', version: '1' } }
  const reply = await send(url, { headers: headers(), body: message('initialize', params) })
  return reply.headers['mcp-session-id'] as string
}

/** A stream that collects its events and can be cut off. */
function stream(method: string, extra: Record<string, string>, body?: string) {
  const seen = {
    ids: [] as string[],
    messages: [] as { id?: unknown; method?: string; result?: unknown; params?: unknown }[],
    ended: false,
  }
  const req = request(url, { method, headers: extra }, (res) => {
    let held = ''
    res.on('error', () => {})
    res.on('end', () => {
      seen.ended = true
    })
    res.on('data', (chunk) => {
      held += chunk
      const events = held.split('\n\n')
      held = events.pop() ?? ''
      for (const event of events) {
        const id = /^id: (.*)$/m.exec(event)?.[1]
        if (id) seen.ids.push(id)
        const data = /^data: (\{.*)$/m.exec(event)?.[1]
        if (data) seen.messages.push(JSON.parse(data))
      }
    })
  })
  req.on('error', () => {})
  req.end(body)
  return { seen, cut: () => req.destroy() }
}

test('a stream that was lost in the middle of a call is resumed, and the answer is not lost', async () => {
  const session = await open()
  const first = stream(
    'POST',
    headers(session),
    message('tools/call', { name: 'test_reconnection', arguments: {} }, 'slow'),
  )
  const last = await until('the stream has begun', () => first.seen.ids.at(-1))
  first.cut()
  const second = stream('GET', { ...headers(session), 'last-event-id': last })
  await until('the answer has come', () =>
    second.seen.messages.find(({ id, result }) => id === 'slow' && result),
  )
  await until('the stream has ended', () => second.seen.ended)
})

test('what a tool asks is asked of the client, and its answer completes the call', async () => {
  const session = await open({ elicitation: {} })
  const call = stream(
    'POST',
    headers(session),
    message('tools/call', { name: 'test_elicitation', arguments: { message: 'who?' } }, 'asking'),
  )
  const asked = await until('the client is asked', () =>
    call.seen.messages.find(({ method }) => method === 'elicitation/create'),
  )
  const answer = {
    jsonrpc: '2.0',
    id: asked.id,
    result: { action: 'accept', content: { username: 'ada', email: 'ada@example.org' } },
  }
  assert.equal((await send(url, { headers: headers(session), body: JSON.stringify(answer) })).status, 202)
  const done = await until('the call is answered', () => call.seen.messages.find(({ id }) => id === 'asking'))
  assert.match(JSON.stringify(done.result), /ada/)
})

test('a client that did not say it can be asked gets an error that says so', async () => {
  const session = await open()
  const reply = await send(url, {
    headers: headers(session),
    body: message('tools/call', { name: 'test_elicitation', arguments: { message: 'who?' } }),
  })
  assert.match(reply.text, /elicitation/)
})

test('a changed list is kept for a client whose stream opens later', async () => {
  const session = await open()
  await send(url, {
    headers: headers(session),
    body: message('tools/call', { name: 'test_trigger_tool_change', arguments: {} }),
  })
  const own = stream('GET', headers(session))
  await until('it is told', () =>
    own.seen.messages.some(({ method }) => method === 'notifications/tools/list_changed'),
  )
  own.cut()
})

test('a second stream of a session takes over from the first, which may be dead', async () => {
  const session = await open()
  const first = request(url, { method: 'GET', headers: headers(session) }).end()
  const [res] = await once(first, 'response')
  const ended = once(res.resume(), 'end')
  const second = stream('GET', headers(session))
  await ended
  await send(url, {
    headers: headers(session),
    body: message('tools/call', { name: 'test_trigger_tool_change', arguments: {} }),
  })
  await until('it is told', () =>
    second.seen.messages.some(({ method }) => method === 'notifications/tools/list_changed'),
  )
  second.cut()
})

test('a request that is cancelled is not answered', async () => {
  const session = await open()
  for (const tool of ['test_reconnection', 'test_simple_text']) {
    const asked = send(url, {
      headers: headers(session),
      body: message('tools/call', { name: tool, arguments: {} }, tool),
    })
    await send(url, {
      headers: headers(session),
      body: JSON.stringify({
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: tool },
      }),
    })
    const { status, text } = await asked
    assert.equal(status, 200)
    // What was quicker than its cancelling has its answer.
    if (tool === 'test_reconnection') assert.doesNotMatch(text, /jsonrpc/)
  }
})

test('a Last-Event-ID that was not given here is refused', async () => {
  const session = await open()
  assert.equal(
    (await send(url, { method: 'GET', headers: { ...headers(session), 'last-event-id': 'nonsense' } }))
      .status,
    400,
  )
  assert.equal(
    (await send(url, { method: 'GET', headers: { ...headers(session), 'last-event-id': 'abc-1' } })).status,
    404,
  )
})
