// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are placeholders of clients
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConfigError, filledIn, placeholdersIn, readClientConfig } from './client-config.ts'

const entriesOf = (config: object) => readClientConfig(JSON.stringify(config)).entries
const foundIn = (entry: object) => entriesOf({ mcpServers: { x: entry } })[0]?.found

test('the servers of each client are found where it keeps them', () => {
  const entry = { command: 'npx', args: ['-y', 'x'], env: { KEY: 'v', PORT: 7 } }
  for (const config of [
    { mcpServers: { x: entry } },
    { servers: { x: { type: 'stdio', ...entry } } },
    { mcp: { servers: { x: entry } } },
    { context_servers: { x: { source: 'custom', ...entry } } },
  ])
    assert.deepEqual(entriesOf(config), [
      {
        from: 'x',
        name: 'x',
        disabled: false,
        found: { command: 'npx', args: ['-y', 'x'], env: { KEY: 'v', PORT: '7' } },
      },
    ])
  const nested = { command: { path: 'npx', args: ['x'], env: null } }
  assert.deepEqual(foundIn({ ...nested, command: { path: 'npx', args: ['x'], env: {} } }), {
    command: 'npx',
    args: ['x'],
    env: {},
  })
})

test('comments and trailing commas are passed over, and texts that look so are not', () => {
  const { entries } = readClientConfig(`\uFEFF{
    // of mine
    "mcpServers": { /* "y": {}, */
      "x": { "command": "a//b", "args": ["/* c */", ",]", "\\"// d"], },
    },
  }`)
  assert.deepEqual(entries[0]?.found, { command: 'a//b', args: ['/* c */', ',]', '"// d'], env: {} })
})

test('what can’t be taken over says why', () => {
  for (const [entry, why] of [
    [{ url: 'https://user:key@h.example/mcp?key=secret' }, /^It is elsewhere, at https:\/\/h\.example\/mcp:/],
    [{ serverUrl: 'https://h.example/sse' }, /elsewhere/],
    [{ type: 'http', httpUrl: 'https://h.example' }, /elsewhere/],
    [{}, /no "command"/],
    [{ command: 'x', args: 'y' }, /"args"/],
    [{ command: 'x', env: [] }, /"env"/],
    [{ command: 'x', cwd: '/home' }, /"cwd"/],
    [{ command: 'x', envFile: '.env' }, /"envFile"/],
    [{ command: '/usr/bin/luca', args: ['stdio'] }, /this appliance itself/],
    ['x', /no object/],
  ] as const) {
    const found = entriesOf({ mcpServers: { x: entry } })[0]?.found
    assert.ok(found && 'leftOut' in found)
    assert.match(found.leftOut, why)
    assert.doesNotMatch(found.leftOut, /secret|key@/)
  }
})

test('names become names of servers here', () => {
  for (const [from, name] of [
    ['Brave_Search', 'brave-search'],
    ['@scope/My Server!', 'scope-my-server'],
    ['2fast', 'fast'],
    ['日本', ''],
    ['x'.repeat(40), 'x'.repeat(24)],
    [`${'x'.repeat(23)} y`, 'x'.repeat(23)],
  ] as const)
    assert.equal(entriesOf({ mcpServers: { [from]: {} } })[0]?.name, name)
})

test('placeholders of every client are found and filled in', () => {
  const launch = {
    command: '${env:BIN}',
    args: ['--key=${input:api-key}', '${HOME}/x', '${PORT:-80}', '$PLAIN', '${workspaceFolder}/y'],
    env: { A: '${env:BIN}' },
  }
  assert.deepEqual(placeholdersIn(launch), [
    { kind: 'env', name: 'BIN' },
    { kind: 'input', name: 'api-key' },
    { kind: 'env', name: 'HOME' },
    { kind: 'env', name: 'PORT', fallback: '80' },
    { kind: 'editor', name: 'workspaceFolder' },
    { kind: 'env', name: 'BIN' },
  ])
  const filled = filledIn(launch, ({ name, fallback }) => `<${name}${fallback ?? ''}>`)
  assert.deepEqual(filled, {
    command: '<BIN>',
    args: ['--key=<api-key>', '<HOME>/x', '<PORT80>', '$PLAIN', '<workspaceFolder>/y'],
    env: { A: '<BIN>' },
  })
})

test('what is no configuration is refused by what is wrong', () => {
  for (const text of ['', '[', '[]', '{}', '{"mcpServers": []}', 'null', '{"mcp": {"mcp": {}}}'])
    assert.throws(() => readClientConfig(text), ConfigError, text)
})

test('any JSON is read, or refused with a reason; names are always such as can be added', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (servers) => {
      for (const { name } of entriesOf({ mcpServers: servers }))
        assert.match(name, /^([a-z][a-z0-9-]{0,23})?$/)
    }),
  )
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        readClientConfig(text)
      } catch (error) {
        assert.ok(error instanceof ConfigError)
      }
    }),
  )
})
