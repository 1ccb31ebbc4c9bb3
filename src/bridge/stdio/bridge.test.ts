import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { META } from '../../protocol/mcp.ts'
import { BridgedClient } from './fixtures/client.ts'
import { type Answer, ShakyGateway } from './fixtures/gateway.ts'

const CAPABILITIES = { tools: { listChanged: true }, prompts: { listChanged: true } }
const TOOLS = [
  { name: 'read', annotations: { readOnlyHint: true } },
  { name: 'set', annotations: { readOnlyHint: false, idempotentHint: true } },
  { name: 'send', annotations: { readOnlyHint: false, idempotentHint: false } },
  { name: 'bare' },
]

/** Answers as a gateway would; tools/call and subscriptions/listen hang. */
const usual: Answer = ({ message: { id, method } }, say) => {
  if (id === undefined || method === undefined || method === 'tools/call') return
  if (method === 'subscriptions/listen') {
    const _meta = { [META.subscriptionId]: id }
    return say({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true }, _meta },
    })
  }
  if (method === 'initialize')
    return say({ id, result: { protocolVersion: '2025-11-25', capabilities: CAPABILITIES } })
  say({ id, result: method === 'tools/list' ? { tools: TOOLS } : { of: method } })
}
/** As `usual`, and it answers calls too. */
const answering: Answer = (received, say) => {
  const { id, method, params } = received.message
  if (method === 'tools/call') say({ id, result: { done: params.name } })
  else usual(received, say)
}

let gateway: ShakyGateway
beforeEach(async () => {
  gateway = await new ShakyGateway(usual).start()
})
afterEach(() => gateway.close())

const openSession = async (client: BridgedClient) => {
  client.send({ id: 'i', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {} } })
  await client.answer('i')
  client.send({ method: 'notifications/initialized' })
  await gateway.got('notifications/initialized')
}
const call = (name: string) => ({ method: 'tools/call', params: { name, arguments: {} } })

describe('texts', () => {
  test('go both ways as they are', async () => {
    await using client = new BridgedClient(gateway.socket)
    const text = '{"id":1.50,  "jsonrpc":"2.0","method":"ping","params":{"é":1e2}}'
    client.write(`${text}\n`)
    assert.equal((await gateway.got('ping')).text, text)
    assert.deepEqual((await client.answer(1.5)).result, { of: 'ping' })
  })

  test('that are not JSON, no message or too long are answered, and the rest goes on', async () => {
    await using client = new BridgedClient(gateway.socket)
    client.write(`garbage\n{"id":5}\n${'x'.repeat(MAX_MESSAGE_BYTES + 1)}\n[]\n`)
    client.send({ id: 1, method: 'ping' })
    await client.answer(1)
    const refused = client.messages.filter(({ error }) => error).map(({ id, error }) => [id, error.code])
    assert.deepEqual(refused, [
      [null, -32700],
      [5, -32600],
      [null, -32600],
      [null, -32600],
    ])
    assert.equal(gateway.received.length, 1)
  })

  test('of a batch are answered one by one', async () => {
    await using client = new BridgedClient(gateway.socket)
    client.write('[{"jsonrpc":"2.0","id":1,"method":"ping"},{"method":"mcp.hello","id":2}]\n')
    assert.deepEqual((await client.answer(1)).result, { of: 'ping' })
    assert.deepEqual((await client.answer(2)).result, { of: 'mcp.hello' })
  })

  test('leave one by one, an answer apart from its progress', async () => {
    gateway.answer = ({ message: { id } }, say) => {
      for (const progress of [1, 2, 3])
        say({ method: 'notifications/progress', params: { progressToken: 't', progress } })
      say({ id, result: {} })
    }
    await using client = new BridgedClient(gateway.socket)
    client.send({ id: 1, ...call('read') })
    await client.answer(1)
    assert.equal(client.chunks.length, 4)
    for (const chunk of client.chunks) assert.equal(chunk.split('\n').length, 2)
  })

  test('with an id that is in use are refused', async () => {
    await using client = new BridgedClient(gateway.socket)
    client.send({ id: 1, ...call('read') })
    await gateway.got('tools/call')
    client.send({ id: 1, method: 'ping' })
    assert.match((await client.answer(1)).error.message, /use another id/)
  })
})

describe('when the gateway goes away', () => {
  test('a session is opened again behind the back of its client, with what it had set', async () => {
    await using client = new BridgedClient(gateway.socket)
    await openSession(client)
    client.send({ id: 1, method: 'logging/setLevel', params: { level: 'error' } })
    client.send({ id: 2, method: 'resources/subscribe', params: { uri: 'a:b' } })
    client.send({ id: 3, method: 'resources/subscribe', params: { uri: 'a:c' } })
    client.send({ id: 4, method: 'resources/unsubscribe', params: { uri: 'a:c' } })
    for (const id of [1, 2, 3, 4]) await client.answer(id)
    gateway.kill()
    await client.logged(/not connected/)
    client.send({ id: 5, method: 'ping' })
    await gateway.start()
    assert.deepEqual((await client.answer(5)).result, { of: 'ping' })

    const again = gateway.received.filter(({ connection }) => connection === 1)
    assert.deepEqual(
      again.map(({ message }) => message.method),
      ['initialize', 'notifications/initialized', 'logging/setLevel', 'resources/subscribe', 'ping'],
    )
    assert.deepEqual(again[0]?.message.params, gateway.received[0]?.message.params)
    assert.equal(client.messages.filter(({ result }) => result?.protocolVersion).length, 1)
    const answered = client.messages.filter(({ method }) => method === undefined).map(({ id }) => id)
    assert.deepEqual(answered, ['i', 1, 2, 3, 4, 5])
    await client.told('notifications/tools/list_changed')
    assert.equal((await client.told('notifications/resources/updated')).params.uri, 'a:b')
  })

  test('a gateway that answers initialize differently is named on stderr', async () => {
    await using client = new BridgedClient(gateway.socket)
    await openSession(client)
    gateway.answer = (received, say) => {
      const { id, method } = received.message
      if (method === 'initialize')
        say({ id, result: { protocolVersion: '2024-11-05', capabilities: CAPABILITIES } })
      else usual(received, say)
    }
    gateway.interrupt()
    await client.logged(/the gateway has changed \(protocolVersion\)/)
    client.send({ id: 1, method: 'ping' })
    await client.answer(1)
  })

  test('a session that can not be opened again is an answer to what waits', async () => {
    await using client = new BridgedClient(gateway.socket)
    await openSession(client)
    gateway.answer = ({ message: { id } }, say) =>
      say({ id, error: { code: -32602, message: 'no more of you' } })
    gateway.interrupt()
    await client.logged(/no longer opens the session: no more of you/)
    client.send({ id: 1, method: 'ping' })
    assert.match((await client.answer(1)).error.message, /no more of you/)
    gateway.answer = usual
    await gatewayBack(client)
  })

  test('what is safe is sent again; of the rest it is said that its fate is not known', async () => {
    await using client = new BridgedClient(gateway.socket)
    client.send({ id: 'l', method: 'tools/list' })
    await client.answer('l')
    for (const { name } of TOOLS) client.send({ id: name, ...call(name) })
    await gateway.got('tools/call', TOOLS.length)
    gateway.answer = answering
    gateway.interrupt()
    assert.deepEqual((await client.answer('read')).result, { done: 'read' })
    assert.deepEqual((await client.answer('set')).result, { done: 'set' })
    assert.match((await client.answer('send')).error.message, /"send" .* not known whether it took effect/)
    assert.match((await client.answer('bare')).error.message, /not known/)
    const again = gateway.all('tools/call').filter(({ connection }) => connection === 1)
    assert.deepEqual(
      again.map(({ message }) => message.params.name),
      ['read', 'set'],
    )
  })

  test('what was learnt of tools is forgotten when they change', async () => {
    await using client = new BridgedClient(gateway.socket)
    client.send({ id: 'l', method: 'tools/list' })
    await client.answer('l')
    gateway.say({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    await client.told('notifications/tools/list_changed')
    client.send({ id: 1, ...call('read') })
    await gateway.got('tools/call')
    gateway.interrupt()
    assert.match((await client.answer(1)).error.message, /not known/)
  })

  test('a request that breaks every connection is given up', async () => {
    await using client = new BridgedClient(gateway.socket)
    gateway.answer = ({ message: { method } }) => method === 'tools/list' && gateway.interrupt()
    client.send({ id: 1, method: 'tools/list' })
    assert.match((await client.answer(1)).error.message, /not known/)
    assert.equal(gateway.all('tools/list').length, 4)
  })

  test('a subscription goes on: its second acknowledgement is kept back, and what may have changed is reported', async () => {
    await using client = new BridgedClient(gateway.socket)
    client.send({
      id: 's',
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true } },
    })
    await client.told('notifications/subscriptions/acknowledged')
    // As one does that stops in good order.
    gateway.say({ jsonrpc: '2.0', id: 's', result: {} })
    gateway.kill()
    await client.logged(/not connected/)
    await gateway.start()
    await gateway.got('subscriptions/listen', 2)
    const { params } = await client.told('notifications/tools/list_changed')
    assert.equal(params._meta[META.subscriptionId], 's')
    assert.deepEqual(
      client.messages.map(({ method }) => method),
      ['notifications/subscriptions/acknowledged', 'notifications/tools/list_changed'],
    )
  })

  test("a late answer to a question never reaches the next connection's question", async () => {
    gateway.answer = (received, say) => {
      const { method, result } = received.message
      if (method === 'tools/call') say({ id: 'ask-1', method: 'elicitation/create', params: {} })
      else if (!result) usual(received, say)
    }
    await using client = new BridgedClient(gateway.socket)
    await openSession(client)
    client.send({ id: 1, ...call('send') })
    const first = await client.told('elicitation/create')
    gateway.interrupt()
    assert.equal((await client.told('notifications/cancelled')).params.requestId, first.id)
    await client.answer(1)
    client.send({ id: 2, ...call('send') })
    await gateway.got('tools/call', 2)
    const second = await client.told('elicitation/create', 2)
    client.send({ id: first.id, result: { answer: 'to the first' } })
    client.send({ id: second.id, result: { answer: 'to the second' } })
    client.send({ id: 3, method: 'ping' })
    await client.answer(3)
    const answers = gateway.received.filter(({ message }) => message.result).map(({ message }) => message)
    assert.deepEqual(answers, [{ jsonrpc: '2.0', id: 'ask-1', result: { answer: 'to the second' } }])
  })
})

describe('without a gateway', () => {
  beforeEach(() => gateway.kill())

  test('requests wait, and what is cancelled meanwhile is never sent', async () => {
    await using client = new BridgedClient(gateway.socket)
    client.send({ id: 1, method: 'ping' })
    client.send({ id: 2, method: 'tools/list' })
    client.send({ method: 'notifications/cancelled', params: { requestId: 1 } })
    await client.logged(/not connected/)
    await gateway.start()
    assert.deepEqual((await client.answer(2)).result.tools, TOOLS)
    assert.deepEqual(gateway.all('ping'), [])
  })

  test('they hear what to do once they have waited long enough, and work again when it is back', async () => {
    await using client = new BridgedClient(gateway.socket, 50)
    client.send({ id: 1, method: 'ping' })
    const { error } = await client.answer(1)
    assert.equal(error.code, -32603)
    assert.match(error.message, /^No gateway answers at .*gateway\.sock; start it with "luca up"/)
    client.send({ id: 2, method: 'ping' })
    assert.match((await client.answer(2)).error.message, /No gateway answers/)
    await gateway.start()
    await gatewayBack(client)
  })

  test('no more wait than there is room for', async () => {
    await using client = new BridgedClient(gateway.socket)
    for (let id = 0; id <= 1000; id++) client.send({ id, method: 'ping' })
    assert.match((await client.answer(1000)).error.message, /Too much waits/)
    assert.equal(client.messages.length, 1)
    await gateway.start()
    await client.answer(999)
  })
})

test('a gateway that turns its caller away is quoted at once', async () => {
  await using client = new BridgedClient(gateway.socket)
  gateway.answer = (_, say) => {
    say({ id: null, error: { code: -32000, message: 'The token is revoked.' } })
    gateway.interrupt()
  }
  client.send({ id: 1, ...call('send') })
  assert.match((await client.answer(1)).error.message, /can't be used: The token is revoked\./)
  await client.logged(/The token is revoked/)
})

describe('the end', () => {
  test('of stdin lets the answers in flight out', async () => {
    const client = new BridgedClient(gateway.socket)
    client.send({ id: 1, ...call('send') })
    client.send({ id: 's', method: 'subscriptions/listen', params: {} })
    client.stdin.end()
    await gateway.got('tools/call')
    gateway.say({ jsonrpc: '2.0', id: 1, result: { late: true } })
    await client.ended
    assert.deepEqual((await client.answer(1)).result, { late: true })
  })

  test('of stdout is the end', async () => {
    const client = new BridgedClient(gateway.socket)
    client.send({ id: 1, ...call('send') })
    await gateway.got('tools/call')
    client.stdout.destroy()
    await client.ended
  })
})

/** Asks until there is an answer. */
async function gatewayBack(client: BridgedClient): Promise<void> {
  for (let id = 100; ; id++) {
    client.send({ id, method: 'ping' })
    if ((await client.answer(id)).result) return
  }
}
