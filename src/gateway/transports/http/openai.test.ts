import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { NOTIFICATION } from '../../../protocol/mcp.ts'
import type { Gate, Inbound } from '../../call/call.ts'
import { Memory } from '../../call/memory.ts'
import type { HttpError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { askOpenAi, modelsErrorOf, showModel } from './openai.ts'

/** A request with this body, and what is written as its answer. */
function setUp(body: string, run: (inbound: Inbound) => Promise<object>, name = '') {
  const said = { status: 0, text: '' }
  const closed: (() => void)[] = []
  const res = {
    headersSent: false,
    writableEnded: false,
    writableFinished: false,
    writableLength: 0,
    destroyed: false,
    socket: null,
    writeHead(status: number) {
      said.status = status
      res.headersSent = true
      return res
    },
    flushHeaders() {},
    write(text: string) {
      said.text += text
    },
    end(text = '') {
      said.text += text
      res.writableEnded = true
      res.writableFinished = true
    },
    once: (_: string, listener: () => void) => closed.push(listener),
  }
  const memory = new Memory({ perCallerBytes: 1024 * 1024, inAllBytes: 1024 * 1024 })
  const exchange = {
    gate: { memory, stalledMs: 1000, run } as unknown as Gate,
    req: { headers: { 'content-type': 'application/json' }, body: Buffer.from(body) },
    res,
    principal: { user: 'ann' },
    query: '',
    name,
  } as unknown as Exchange
  const hangUp = () => {
    for (const listener of closed) listener()
  }
  return { exchange, said, hangUp }
}
const chunk = (inbound: Inbound, value: object) => inbound.notify(NOTIFICATION.llmChunk, { chunk: value })
const STREAMED = '{"stream": true}'

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'setInterval'] }))
afterEach(() => mock.timers.reset())

test('an answer in one piece is what the method gave', async () => {
  const { exchange, said } = setUp('{"model": "m"}', async ({ params }) => ({ value: params.arguments }))
  await askOpenAi('mcp.llm.chat', 'data')(exchange)
  assert.deepEqual([said.status, JSON.parse(said.text)], [200, { model: 'm' }])
})

test('pieces are events, and [DONE] is the last; under their types where they have names', async () => {
  const run = async (inbound: Inbound) => {
    chunk(inbound, { type: 'a.b', n: 1 })
    return { value: {} }
  }
  const data = setUp(STREAMED, run)
  await askOpenAi('mcp.llm.chat', 'data')(data.exchange)
  assert.equal(data.said.text, 'data: {"type":"a.b","n":1}\n\ndata: [DONE]\n\n')
  const events = setUp(STREAMED, run)
  await askOpenAi('mcp.llm.respond', 'events')(events.exchange)
  assert.equal(events.said.text, 'event: a.b\ndata: {"type":"a.b","n":1}\n\n')
})

test('what fails before the first piece keeps its status; after it, and after a long wait, it is an event', async () => {
  const failure = new RpcError('RATE_LIMITED', 'Later.')
  const early = setUp(STREAMED, () => Promise.reject(failure))
  await assert.rejects(async () => askOpenAi('mcp.llm.chat', 'data')(early.exchange), failure)
  assert.equal(early.said.status, 0)

  const late = setUp(STREAMED, async (inbound) => {
    chunk(inbound, { n: 1 })
    throw failure
  })
  await askOpenAi('mcp.llm.chat', 'data')(late.exchange)
  assert.match(late.said.text, /data: \{"error":\{"message":"Later\."/)

  const waited = setUp(STREAMED, async () => {
    mock.timers.tick(10_000)
    throw failure
  })
  await askOpenAi('mcp.llm.respond', 'events')(waited.exchange)
  assert.match(waited.said.text, /^event: error\ndata: .*"type":"error"/)
})

test('a client that hangs up ends its call', async () => {
  const { promise, resolve } = Promise.withResolvers<AbortSignal>()
  const { exchange, hangUp } = setUp('{}', ({ signal }) => {
    resolve(signal)
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  const answer = Promise.resolve(askOpenAi('mcp.llm.chat')(exchange))
  const signal = await promise
  hangUp()
  await assert.rejects(answer, /disconnected/)
  assert.ok(signal.aborted)
})

test('one model of the list is found by its id, and another is not there', async () => {
  const run = async () => ({ value: { data: [{ id: 'a/b' }] } })
  const found = setUp('', run, 'a/b')
  await showModel(found.exchange)
  assert.deepEqual(JSON.parse(found.said.text), { id: 'a/b' })
  await assert.rejects(showModel(setUp('', run, 'c').exchange), (error: HttpError) => error.status === 404)
})

test('failures of models have the status and the code that clients act on', () => {
  const CASES: [code: string, provider: object | undefined, status: number, told: string][] = [
    ['unknown_model', undefined, 404, 'model_not_found'],
    ['no_model', undefined, 503, 'no_model'],
    ['timeout', undefined, 504, 'timeout'],
    ['unauthorized', { status: 401 }, 502, 'unauthorized'],
    ['invalid_request', { status: 422, code: 'bad_image' }, 422, 'bad_image'],
    ['constructor', undefined, 500, 'constructor'],
  ]
  for (const [code, provider, status, told] of CASES) {
    const error = new RpcError('INTERNAL', 'It failed.', {
      data: { code, ...(provider ? { provider } : {}) },
    })
    const { status: got, body, headers } = modelsErrorOf(error)
    assert.deepEqual([got, body.error.code], [status, told], code)
    assert.equal(headers['x-should-retry'], 'false')
  }
  const limited = modelsErrorOf(new RpcError('RATE_LIMITED', 'Later.'))
  assert.equal(limited.headers['x-should-retry'], undefined, 'which is worth another try')
})
