import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const SERVERS = fileURLToPath(new URL('../../servers', import.meta.url))
/** Modules that open connections or look names up, and globals that do; types of them are no matter. */
const OTHER_WAYS =
  /^import (?!type ).* from 'node:(net|tls|http|https|http2|dgram|dns|dns\/promises)'|(?<![.#\w])fetch\(|globalThis\.fetch|new (WebSocket|EventSource)\(/m

test('no server has another way to the network than this', () => {
  const sources = (readdirSync(SERVERS, { recursive: true }) as string[]).filter(
    (file) => /\.ts$/.test(file) && !/\.test\.ts$|(^|\/)(testing|fixtures)\//.test(file),
  )
  assert.ok(sources.length > 50, 'the sources of servers were found')
  const others = sources.filter((file) => OTHER_WAYS.test(readFileSync(join(SERVERS, file), 'utf8')))
  assert.deepEqual(others, [])
})
