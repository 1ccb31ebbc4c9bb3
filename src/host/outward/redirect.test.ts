import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type HttpRequest, redirected } from './redirect.ts'

const BODY = new TextEncoder().encode('{"a": 1}')
const asked = (
  method: string,
  headers: Record<string, string> = {},
  url = 'https://a.test/x',
): HttpRequest => ({
  url: new URL(url),
  method,
  headers: new Headers({ 'content-type': 'application/json', ...headers }),
  body: method === 'GET' || method === 'HEAD' ? undefined : BODY,
})
const follow = (request: HttpRequest, status: number, location = '/y', named = false) =>
  redirected(request, status, location, () => named)

test('the method and the body go on as each status says', () => {
  for (const [status, method, then] of [
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'DELETE', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [301, 'HEAD', 'HEAD'],
    [301, 'GET', 'GET'],
    [301, 'PROPFIND', 'PROPFIND'],
    [302, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [308, 'DELETE', 'DELETE'],
  ] as const) {
    const next = follow(asked(method), status)
    const goesOn = then === method && method !== 'HEAD' && method !== 'GET'
    assert.equal(next?.method, then, `${status} ${method}`)
    assert.equal(next?.body, goesOn ? BODY : undefined, `${status} ${method}`)
    if (then !== method) assert.equal(next?.headers.has('content-type'), false, `${status} ${method}`)
  }
})

test('only the five statuses that point elsewhere are followed, and only to somewhere', () => {
  for (const status of [200, 201, 300, 304, 305, 306, 309, 400])
    assert.equal(follow(asked('GET'), status), undefined)
  assert.equal(
    redirected(asked('GET'), 302, undefined, () => false),
    undefined,
  )
  assert.throws(() => follow(asked('GET'), 302, 'http://[oops'), { failure: 'bad_redirect' })
})

test('another origin is sent nothing but what anyone may know, whatever a header is called', () => {
  const headers = {
    authorization: 'Bearer s',
    cookie: 's',
    'proxy-authorization': 's',
    'x-api-key': 's',
    'api-key': 's',
    accept: 'text/html',
    'accept-language': 'de',
    'user-agent': 'me',
  }
  for (const location of ['https://b.test/', 'https://a.test:8443/', 'https://sub.a.test/', '//b.test/'])
    assert.deepEqual(
      [...(follow(asked('PUT', headers), 307, location)?.headers.keys() ?? [])],
      ['accept', 'accept-language', 'content-type', 'user-agent'],
      location,
    )
  const same = follow(asked('PUT', headers), 307, 'https://a.test:443/z')
  assert.deepEqual([...(same?.headers ?? [])], [...asked('PUT', headers).headers])
  const name = fc.stringMatching(/^x-[a-z]{1,20}$/)
  fc.assert(
    fc.property(name, (header) => {
      assert.equal(
        follow(asked('GET', { [header]: 's' }), 302, 'https://b.test/')?.headers.has(header),
        false,
      )
    }),
  )
})

test('from https to http it goes on only to a host that the owner named', () => {
  assert.throws(() => follow(asked('GET'), 302, 'http://a.test/y?key=s'), {
    failure: 'bad_redirect',
    message:
      /^a\.test points from https to http at a\.test, where others on the way could read along; this is not followed\.$/,
  })
  assert.equal(follow(asked('GET'), 302, 'http://nas.lan/', true)?.url.href, 'http://nas.lan/')
  assert.equal(
    follow(asked('GET', {}, 'http://a.test/'), 302, 'https://a.test/')?.url.href,
    'https://a.test/',
  )
})
