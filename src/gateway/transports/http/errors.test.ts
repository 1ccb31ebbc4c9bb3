import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { type ErrorFormat, HttpError, sendPlainError, sendRpcError } from './errors.ts'
import type { HttpResponse } from './exchange.ts'
import { sendOllamaError } from './ollama/ollama.ts'
import { sendOpenAiError } from './openai.ts'

interface Told {
  status: number
  headers: Record<string, string>
  // biome-ignore lint/suspicious/noExplicitAny: whatever the format says
  body: any
}

function told(format: ErrorFormat, thrown: unknown): Told {
  const said = {} as Told
  const res = {
    writeHead: (status: number, headers: Record<string, string>) => Object.assign(said, { status, headers }),
    end: (text: string) => Object.assign(said, { body: JSON.parse(text) }),
  }
  format(res as unknown as HttpResponse, thrown)
  return said
}

const FORMATS: [name: string, format: ErrorFormat, message: (body: Told['body']) => string][] = [
  ['JSON-RPC', sendRpcError, ({ error }) => error.message],
  ['plain JSON', sendPlainError, ({ error }) => error.message],
  ['OpenAI’s', sendOpenAiError, ({ error }) => error.message],
  ['Ollama’s', sendOllamaError, ({ error }) => error],
]
for (const [name, format, message] of FORMATS) {
  test(`an error in ${name} shape has its message, and the status that it was given`, () => {
    const { status, body } = told(format, new HttpError(418, new RpcError('INVALID_REQUEST', 'A teapot.')))
    assert.deepEqual([status, message(body)], [418, 'A teapot.'])
  })

  test(`an unknown caller learns in ${name} shape how to authenticate`, () => {
    const { status, headers } = told(format, new RpcError('UNAUTHENTICATED', 'No token.'))
    assert.deepEqual([status, headers['www-authenticate']], [401, 'Bearer'])
  })

  test(`a limit in ${name} shape says in whole seconds when to try again`, () => {
    const limit = new RpcError('RATE_LIMITED', 'Too much.', { data: { limit: 'x', retryAfterMs: 1001 } })
    assert.deepEqual([told(format, limit).status, told(format, limit).headers['retry-after']], [429, '2'])
    const odd = new RpcError('RATE_LIMITED', 'Too much.', { data: { retryAfterMs: 'soon' } })
    assert.equal(told(format, odd).headers['retry-after'], undefined)
  })

  test(`what went wrong inside is not told in ${name} shape`, () => {
    const { body } = told(format, new Error('the password is swordfish'))
    assert.doesNotMatch(JSON.stringify(body), /swordfish/)
  })
}

test('parameters that do not fit are 200 in JSON-RPC, whose body says it, and 400 elsewhere', () => {
  const wrong = new RpcError('INVALID_PARAMS', 'No such tool.')
  const statuses = FORMATS.map(([, format]) => told(format, wrong).status)
  assert.deepEqual(statuses, [200, 400, 400, 400])
})
