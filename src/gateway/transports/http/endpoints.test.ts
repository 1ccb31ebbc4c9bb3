import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { endpointsOf, type Parts } from './endpoints.ts'
import { allowed, Routes } from './routes.ts'

const handler = () => undefined
const all = { POST: handler, GET: handler, DELETE: handler }
const endpoints = endpointsOf({
  mcp: { methods: all },
  status: { health: handler, ready: handler, metrics: handler, ca: handler },
} as unknown as Parts)
const DOCS = readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8')
/** Whole APIs of others, whose own documentation says what there is. */
const APIS = /^\/(?:v1|api)(?:\/|$)/

test('every route is one of its own', () => {
  new Routes(endpoints)
})

test('docs/protocol.md has every endpoint, with its methods and whether it takes a token', () => {
  for (const endpoint of endpoints) {
    const { route, who } = endpoint
    const path = APIS.test(route)
      ? `${APIS.exec(route)?.[0].replace(/\/?$/, '')}/…`
      : route.replace(/\{(\w+)\}/, '<$1>')
    const row = DOCS.split('\n').find(
      (line) => /^\| `/.test(line) && line.split('|')[1]?.includes(`\`${path}\``),
    )
    assert.ok(row, `there is no row for ${path}`)
    assert.match(row, who === 'anyone' ? /\| no \|$/ : /\| yes \|$/, row)
    if (APIS.test(route)) continue
    const methods = (allowed(endpoint) ?? '')
      .split(', ')
      .filter((name) => name !== 'HEAD' && name !== 'OPTIONS')
    for (const method of methods) assert.ok(/the same/.test(row) || row.includes(method), `${method}: ${row}`)
  }
})

test('only an authenticated caller gets past an endpoint that is not said to be for anyone', () => {
  const open = endpoints.filter(({ who }) => who === 'anyone').map(({ route }) => route)
  assert.deepEqual(open, ['/health', '/ready', '/ca.crt'])
})
