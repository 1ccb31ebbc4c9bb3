import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { HttpError, sendRpcError } from './errors.ts'
import type { HttpResponse } from './exchange.ts'
import { allowed, decodedName, type Endpoint, handlerOf, Routes } from './routes.ts'

const nothing = () => undefined
const endpoint = (route: string, more: Partial<Endpoint> = {}): Endpoint =>
  ({ route, who: 'users', errors: sendRpcError, methods: { GET: nothing }, ...more }) as Endpoint
const routes = new Routes(
  ['/mcp', '/mcp/{server}', '/mcp/tools', '/mcp/tools/{name}', '/v1/models/{+id}', '/v1/{+path}'].map(
    (route) => endpoint(route),
  ),
)
const found = (path: string) => {
  const { endpoint: { route } = { route: undefined }, name } = routes.find(path) ?? {}
  return [route, name]
}

describe('a path finds', () => {
  const CASES: [path: string, route: string | undefined, name?: string][] = [
    ['/mcp', '/mcp'],
    ['/mcp/fs', '/mcp/{server}', 'fs'],
    ['/mcp/tools', '/mcp/tools'],
    ['/mcp/tools/fs_read', '/mcp/tools/{name}', 'fs_read'],
    ['/mcp/tools/fs/read', undefined],
    ['/mcp/', undefined],
    ['/v1/models/a/b.gguf', '/v1/models/{+id}', 'a/b.gguf'],
    ['/v1/files', '/v1/{+path}', 'files'],
    ['/v1', undefined],
    ['/mcpx', undefined],
    ['/', undefined],
    ['constructor', undefined],
  ]
  for (const [path, route, name] of CASES)
    test(`${path}: ${route ?? 'nothing'}`, () => assert.deepEqual(found(path), [route, name]))

  test('a name, whatever it is, and gets it as it came', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^/]+$/), (name) =>
        assert.deepEqual(found(`/mcp/tools/${name}`), ['/mcp/tools/{name}', name]),
      ),
    )
  })

  test('only one endpoint', () => {
    assert.throws(() => new Routes([endpoint('/a'), endpoint('/a')]), /two endpoints at \/a/)
  })
})

describe('a method', () => {
  const answered: [name: string, value: string][] = []
  const res = {
    setHeader: (name: string, value: string) => answered.push([name, value]),
  } as unknown as HttpResponse
  const both = endpoint('/x', { methods: { POST: nothing, GET: nothing }, hint: 'Look there.' })

  test('is answered by its handler, and HEAD by that of GET', () => {
    assert.equal(handlerOf(endpoint('/x') as never, 'HEAD', res), nothing)
    assert.equal(allowed(both), 'POST, GET, HEAD, OPTIONS')
  })

  test('that is missing is refused with those that exist', () => {
    for (const method of ['PUT', 'toString', '__proto__', '']) {
      answered.length = 0
      assert.throws(
        () => handlerOf(both as never, method, res),
        (error: HttpError) => error.status === 405 && error.message === 'Use POST or GET here. Look there.',
      )
      assert.deepEqual(answered, [['allow', 'POST, GET, HEAD, OPTIONS']])
    }
    assert.throws(
      () => handlerOf(endpoint('/x', { methods: { POST: nothing } }) as never, 'HEAD', res),
      HttpError,
    )
  })

  test('is any where an endpoint answers them alike', () => {
    const any = endpoint('/x', { methods: {}, otherwise: nothing })
    assert.equal(handlerOf(any as never, 'PATCH', res), nothing)
    assert.equal(allowed(any), undefined)
  })
})

test('a name is decoded once, and a bad one is the fault of its request', () => {
  assert.equal(decodedName('a%2Fb%2520'), 'a/b%20')
  assert.throws(
    () => decodedName('%E0%A4%A'),
    (error: HttpError) => error.status === 400,
  )
})
