import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { TargetError, urlTarget, websocketAddress } from './target.ts'

describe("an appliance's address", () => {
  test('is understood in each of its forms', () => {
    const forms: Record<string, string> = {
      'http://127.0.0.1:8000/mcp': 'ws://127.0.0.1:8000/ws',
      'http://127.0.0.1:8000': 'ws://127.0.0.1:8000/ws',
      'https://box.local:8443/mcp': 'wss://box.local:8443/ws',
      'wss://box.local/ws': 'wss://box.local/ws',
      'ws://[::1]:8000/ws': 'ws://[::1]:8000/ws',
    }
    for (const [text, address] of Object.entries(forms)) assert.equal(websocketAddress(text).href, address)
  })

  test('is refused where it is none, has another path, or holds a secret, which is not repeated', () => {
    for (const text of [
      '',
      'box.local:8443',
      'ftp://h/mcp',
      'http://h/mcp/fs',
      'http://h/mcp?tools=search',
      'http://',
    ])
      assert.throws(() => websocketAddress(text), TargetError, text)
    for (const text of ['http://u:hunter2@h/mcp', 'http://u:hunter2@', 'gopher://u:hunter2@h/'])
      assert.throws(
        () => websocketAddress(text),
        (error: Error) => !error.message.includes('hunter2'),
      )
  })

  test('never leads anywhere but to /ws of its host, whatever is written', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true, withFragments: true })),
        (text) => {
          try {
            const { protocol, pathname, search, hash } = websocketAddress(text)
            assert.match(protocol, /^wss?:$/)
            assert.deepEqual([pathname, search, hash], ['/ws', '', ''])
          } catch (error) {
            assert.ok(error instanceof TargetError)
          }
        },
      ),
    )
  })
})

test('a token on an open wire is worth a warning; on this machine or over TLS it is not', () => {
  assert.match(urlTarget({ url: 'http://box.local:8000' }).warning ?? '', /without TLS/)
  for (const url of [
    'http://127.0.0.1:8000',
    'http://localhost:8000',
    'http://[::1]:8000',
    'https://box.local',
  ])
    assert.equal(urlTarget({ url }).warning, undefined)
})

test('a token that can not be one is refused without being repeated', () => {
  for (const token of ['', 'two words', 'line\nbreak', 'ü'])
    assert.throws(
      () => urlTarget({ url: 'http://127.0.0.1:8000', token }),
      (error: Error) => error instanceof TargetError && !/two words|line|ü/.test(error.message),
    )
})
