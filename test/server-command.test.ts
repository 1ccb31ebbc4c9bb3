/** `luca server`: what it adds, takes over, switches and refuses. */
import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from './support/appliance.ts'
import { callTool, post } from './support/http.ts'
import { a, add, EVERYTHING, folder, NAUGHTY, server, textOf } from './support/third-party.ts'

test('lists, tests and removes; what may be secret is in files of the owner alone, and never shown', async () => {
  const result = await server(
    'add',
    'secret',
    '--env',
    'API_KEY=hidden-value',
    '--',
    process.execPath,
    NAUGHTY,
  )
  assert.equal(result.code, 0, result.stderr)
  assert.match(result.stderr, /note: the value of API_KEY stood on the command line/)
  assert.equal(statSync(join(a.state, 'lib/servers/secret/server.json')).mode & 0o777, 0o600)
  const listed = await server('list')
  assert.match(listed.stdout, /secret +3/)
  assert.equal((await server('test', 'secret')).code, 0)
  for (const { stdout, stderr } of [result, listed]) assert.doesNotMatch(stdout + stderr, /hidden-value/)
  assert.doesNotMatch(a.log(), /hidden-value/)
  assert.equal((await server('remove', 'secret')).code, 0)
  await until('it is gone', async () => (await post(`${a.url}/secret`, a.token, 'tools/list')).status === 404)
  assert.match((await server('remove', 'secret')).stderr, /No server "secret"/)
})

test('what is disabled can’t be seen or called, until it is enabled', async () => {
  await add('sometimes', EVERYTHING)
  const status = async () => (await post(`${a.url}/sometimes`, a.token, 'tools/list')).status
  assert.equal((await server('disable', 'sometimes')).code, 0)
  await until('it is gone', async () => (await status()) === 404)
  assert.match((await server('list')).stdout, /^sometimes +\d+ +off/m)
  assert.equal((await server('enable', 'sometimes')).code, 0)
  await until('it is back', async () => (await status()) === 200)
  assert.match(textOf(await callTool(a.url, a.token, 'sometimes_echo', { message: 'hi' })) ?? '', /Echo: hi/)
  assert.equal((await server('remove', 'sometimes')).code, 0)
  assert.notEqual((await server('enable', 'sometimes')).code, 0)
})

test('the servers of a client’s configuration are taken over, each by itself, and told of one by one', async () => {
  await add('every', EVERYTHING)
  const file = join(folder, 'mcp.json')
  const node = process.execPath
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the placeholders of clients
  const servers = {
    'My Server': { command: node, args: [EVERYTHING], env: { KEY: '${input:key}', WHERE: '${env:WHERE}' } },
    remote: { url: 'https://example.com/mcp' },
    off: { command: node, args: [EVERYTHING], disabled: true },
    broken: { command: '/nowhere/server' },
    editors: { command: '${workspaceFolder}/x' },
    every: { command: node, args: [EVERYTHING] },
    unknown: { command: node, args: ['${input:other}'] },
  }
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
  await writeFile(file, JSON.stringify({ inputs: [{ id: 'key' }], servers }))
  const values = ['--value', 'key=typed in', '--value', 'WHERE=here']
  const outcomes = (text: string) =>
    JSON.parse(text).servers.map((s: { from: string; outcome: string }) => `${s.from}: ${s.outcome}`)
  const dry = await server('import', file, ...values, '--dry-run', '--json')
  assert.equal(dry.code, 0, dry.stderr)
  assert.deepEqual(outcomes(dry.stdout), [
    'My Server: would be added',
    'remote: left out',
    'off: left out',
    'broken: would be added',
    'editors: left out',
    'every: left out',
    'unknown: left out',
  ])
  assert.doesNotMatch((await server('list')).stdout, /my-server/)
  const real = await server('import', file, ...values)
  assert.equal(real.code, 1)
  for (const line of [
    /^added {2}My Server \(as my-server; \d+ tools; with KEY, WHERE\)$/m,
    /^left out {2}remote: It is elsewhere, at https:\/\/example\.com\/mcp/m,
    /^left out {2}off: It is disabled there/m,
    /^failed {2}broken: .*There is no program "\/nowhere\/server"/m,
    /^left out {2}editors: .*only an editor can resolve/m,
    /^left out {2}every: There is a server "every" already/m,
    /^left out {2}unknown: It needs a value for "other": give it with --value other=…/m,
  ])
    assert.match(real.stdout, line)
  assert.doesNotMatch(real.stdout + real.stderr, /typed in/)
  const environment = async () => textOf(await callTool(a.url, a.token, 'my-server_get-env', {})) ?? ''
  await until('it is known', async () => /"KEY": "typed in"/.test(await environment()))
  assert.equal((await server('import', file, 'off')).code, 0)
  for (const name of ['my-server', 'off']) assert.equal((await server('remove', name)).code, 0)
  assert.equal((await server('import', file, 'nothing')).code, 2)
  await writeFile(file, 'rubbish')
  assert.match((await server('import', file)).stderr, /is no JSON/)
})

test('a variable without a value is read from stdin, where the shell has none of its name', async () => {
  const words = ['server', 'add', 'typed', '--state', a.state, '--env', 'TYPED_TOKEN', '--']
  const added = await a.luca([...words, process.execPath, EVERYTHING], 'of stdin\n')
  assert.equal(added.code, 0, added.stderr)
  const environment = async () => textOf(await callTool(a.url, a.token, 'typed_get-env', {})) ?? ''
  await until('it is known', async () => /"TYPED_TOKEN": "of stdin"/.test(await environment()))
  await server('remove', 'typed')
})

const BAD: [what: string, words: string[], message: RegExp][] = [
  ['a name of ours', ['add', 'fs', '--', process.execPath, NAUGHTY], /"fs" is taken/],
  ['a name of the gateway', ['add', 'tools', '--', process.execPath, NAUGHTY], /"tools" is taken/],
  ['a name that is none', ['add', 'No_Name', '--', process.execPath, NAUGHTY], /does not match/],
  [
    'a command that is not there',
    ['add', 'nope', '--', '/no/such/program'],
    /There is no program "\/no\/such\/program"/,
  ],
  ['a program that does not speak MCP', ['add', 'nope', '--', '/bin/true'], /could not be used/],
  ['no command', ['add', 'nope'], /usage/],
  ['a variable without a name', ['add', 'nope', '--env', '=x', '--', 'x'], /NAME=VALUE/],
]
for (const [what, words, message] of BAD)
  test(`${what} is refused, and nothing is left of it`, async () => {
    const { code, stderr } = await server(...words)
    assert.notEqual(code, 0)
    assert.match(stderr, message)
    assert.ok(!readdirSync(join(a.state, 'lib/caps')).includes('nope.cap.json'))
    assert.ok(!readdirSync(join(a.state, 'units')).some((name) => name.includes('nope')))
  })
