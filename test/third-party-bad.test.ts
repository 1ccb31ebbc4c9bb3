/** What an added server can do to those who use it, and what is left of it: the real appliance and a naughty server. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { type Appliance, ROOT, startAppliance, until } from './support/appliance.ts'
import { callTool, post } from './support/http.ts'
import { connectLegacy } from './support/official-clients.ts'
import { commandOf, processes } from './support/processes.ts'

const NAUGHTY = join(ROOT, 'test/naughty-server/main.mjs')
const EVERYTHING = join(ROOT, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js')

/** What stands before a question of a server of others. */
const WHO = /^The server "[\w-]+", which others wrote, asks: /

let a: Appliance
let folder: string
before(async () => {
  a = await startAppliance({ config: 'consent: {ask: false}\n' })
  folder = await mkdtemp(join(tmpdir(), 'third-'))
})
after(async () => {
  await a?.stop()
  await rm(folder, { recursive: true, force: true })
})

const luca = (verb: string, name: string, ...command: string[]) =>
  a.luca([
    ...['server', verb, name, '--state', a.state],
    ...(command.length > 0 ? ['--', process.execPath, ...command] : []),
  ])

/** Stands in the command line of what runs under a name; others may run these tests at the same time. */
const wordOf = (name: string) => `word-${name}-of-${process.pid}`

/** Adds the naughty server under a name, which is also in its command line. */
async function add(name: string, ...ways: string[]): Promise<void> {
  const { code, stderr } = await luca('add', name, NAUGHTY, ...ways, wordOf(name))
  assert.equal(code, 0, stderr)
  await until(
    `${name} is known`,
    async () => (await post(`${a.url}/${name}`, a.token, 'tools/list')).status === 200,
  )
}

/** The naughty servers that run under a name. */
const running = (name: string) => processes(wordOf(name)).filter((pid) => /^(?!.*luca)./.test(commandOf(pid)))

async function older(capabilities: Record<string, object> = {}) {
  const client = await connectLegacy({
    url: a.url,
    token: a.token,
    capabilities,
    prepare(client) {
      if (!capabilities.elicitation) return
      client.setRequestHandler(ElicitRequestSchema, async ({ params }) => ({
        action: 'accept',
        content: { name: `<${params.message.replace(WHO, '')}>` },
      }))
    },
  })
  return {
    call: async (name: string, args: Record<string, unknown> = {}) => {
      const result = await client.callTool({ name, arguments: args })
      return (result.content as { text: string }[])[0]?.text ?? ''
    },
    complete: client.complete.bind(client),
    async end() {
      await (client.transport as LegacyTransport).terminateSession()
      await client.close()
    },
  }
}

for (const name of ['gateway', 'caps', 'servers', 'owner', 'stdio-adapter'])
  test(`a server can't be named "${name}", as a part of the system is`, async () => {
    const { code, stderr } = await luca('add', name, NAUGHTY)
    assert.notEqual(code, 0)
    assert.match(stderr, new RegExp(`"${name}" is taken`))
    assert.ok(existsSync(join(a.state, 'lib/gateway')))
  })

test('why a server can not be added is said with its own last words', async () => {
  const dies = await luca('add', 'dies', NAUGHTY, 'dies')
  assert.match(dies.stderr, /exited with 4/)
  assert.match(dies.stderr, /the database is not there/)
  const file = join(folder, 'no-schema.json')
  await writeFile(file, JSON.stringify([{ name: 'odd', inputSchema: 7 }]))
  const odd = await luca('add', 'odd', NAUGHTY, `tools=${file}`)
  assert.match(odd.stderr, /inputSchema/)
})

/** Begins to add a server that never answers, and sends a signal once it runs. Gives the exit code. */
async function interruptedAdd(signal: NodeJS.Signals): Promise<number | null> {
  const words = ['server', 'add', 'late', '--state', a.state, '--', process.execPath]
  const adding = spawn(join(ROOT, 'bin/luca'), [...words, NAUGHTY, 'silent', 'deaf', wordOf('late')], {
    stdio: 'ignore',
  })
  const ended = once(adding, 'exit')
  await until('the server runs', () => running('late').length > 0)
  adding.kill(signal)
  const [code] = await ended
  return code
}
/** What is kept of all servers; the folder for those that were added stays. */
const keptFiles = () =>
  readdirSync(join(a.state, 'lib'), { recursive: true })
    .map(String)
    .filter((path) => path !== 'servers')
    .sort()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  test(`an add that is ended by ${signal} leaves no process, however stubborn, and no file or folder`, async () => {
    const before = keptFiles()
    assert.equal(await interruptedAdd(signal), 130)
    await until('nothing is left', () => running('late').length === 0)
    assert.deepEqual(keptFiles(), before)
  })

test('what an add that was killed leaves goes with the next one, of another name too', async () => {
  const before = keptFiles()
  assert.equal(await interruptedAdd('SIGKILL'), null)
  assert.ok(keptFiles().includes('late'))
  await add('next', 'more')
  await until('nothing is left', () => running('late').length === 0)
  assert.equal((await luca('remove', 'next')).code, 0)
  assert.deepEqual(keptFiles(), before)
})

test('a call that follows a change of its tool is refused, though the change was reported a moment ago', async () => {
  await add('turns', 'more')
  const client = await older()
  const other = await older()
  assert.match(await other.call('turns_echo', { text: 'a' }), /^echo/)
  await client.call('turns_change')
  assert.match(await client.call('turns_echo', { text: 'a' }), /luca server approve turns echo/)
  // What it is to one client is no matter of another's.
  assert.match(await other.call('turns_echo', { text: 'a' }), /^echo/)
  await client.end()
  await other.end()
})

test('a message that is too long ends the calls that may wait for it, with the reason, and no others', async () => {
  await add('long', 'more')
  const client = await older()
  const other = await older()
  const waiting = client.call('long_long', { bytes: 17 * 1024 * 1024 })
  assert.match(await waiting, /more than 16777216 bytes/)
  assert.match(await client.call('long_echo', { text: 'a' }), /^echo/)
  assert.match(await other.call('long_echo', { text: 'a' }), /^echo/)
  await client.end()
  await other.end()
})

test('what it says of a failure reaches the model whole, and marked as the words of another', async () => {
  await add('fails', 'more')
  const { result } = (await callTool(a.url, a.token, 'fails_fail')).json
  assert.equal(result.isError, true)
  assert.deepEqual(result.structuredContent, { code: 28 })
  assert.equal(result.content[0].text, 'the disk is full')
  const broken = (await callTool(a.url, a.token, 'fails_break')).json.result
  assert.match(broken.content[0].text, /nothing works/)
  for (const each of [result, broken])
    assert.equal(each.content[0]._meta['io.llmbasedos/untrusted'], 'server')
  const gone = (await callTool(a.url, a.token, 'fails_exit')).json.result
  assert.match(gone.content[0].text, /exited with 3 while it worked on this call/)
})

test('questions of calls at once, two each, find the answers that are theirs', async () => {
  await add('asks', 'more')
  const client = await older({ elicitation: {} })
  const who = ['Ada', 'Alan', 'Grace', 'Edsger', 'Barbara']
  assert.deepEqual(
    await Promise.all(who.map((text) => client.call('asks_interview', { text }))),
    who.map((name) => `<First name of ${name}?> <Last name of ${name}?>`),
  )
  await client.end()
})

test('what it started and stripped of its environment ends with the session too', async () => {
  await add('sheds', 'fork', 'bare', 'deaf')
  const client = await older()
  await client.call('sheds_echo')
  assert.equal(processes('naughty-grandchild-sheds').length, 1)
  await client.end()
  await until(
    'they are gone',
    () => running('sheds').length + processes('naughty-grandchild-sheds').length === 0,
  )
})

test('tools with long descriptions fit, ten thousand of them', async () => {
  const file = join(folder, 'wordy.json')
  const inputSchema = { type: 'object' }
  const tools = Array.from({ length: 10_000 }, (_, i) => ({
    name: `t${i}`,
    description: `${i} `.repeat(100),
    inputSchema,
    annotations: { readOnlyHint: true },
  }))
  await writeFile(file, JSON.stringify(tools))
  await add('wordy', `tools=${file}`)
  const client = await older()
  assert.equal(await client.call('wordy_t9999', { text: 'a' }), 't9999: a')
  await client.end()
  await luca('remove', 'wordy')
})

test('a schema that is no schema breaks nothing for those who call', async () => {
  const file = join(folder, 'null.json')
  const inputSchema = { type: 'object', properties: { text: null } }
  await writeFile(file, JSON.stringify([{ name: 'odd', description: '', inputSchema }]))
  await add('nulls', `tools=${file}`)
  assert.equal((await callTool(a.url, a.token, 'nulls_odd')).json.result.content[0].text, 'odd: ')
  assert.equal((await post(a.url, a.token, 'tools/list')).status, 200)
})

test('arguments of prompts are completed by the server', async () => {
  const { code, stderr } = await luca('add', 'every', EVERYTHING)
  assert.equal(code, 0, stderr)
  const client = await older()
  const ref = { type: 'ref/prompt' as const, name: 'every_completable-prompt' }
  const completed = await until('it is known', () =>
    client.complete({ ref, argument: { name: 'department', value: 'E' } }).catch(() => undefined),
  )
  assert.deepEqual(completed.completion.values, ['Engineering'])
  await client.end()
})

test('of an appliance that is killed nothing is left, not even what ignores signals and left its group', async () => {
  const own = await startAppliance({ config: 'consent: {ask: false}\n' })
  try {
    const words = ['server', 'add', 'orphan', '--state', own.state, '--', process.execPath]
    const added = await own.luca([...words, NAUGHTY, 'deaf', 'fork', wordOf('orphan')])
    assert.equal(added.code, 0, added.stderr)
    await until(
      'it answers',
      async () => (await callTool(own.url, own.token, 'orphan_echo', {})).json.result?.content.length === 1,
    )
    assert.equal(running('orphan').length, 1)
    assert.equal(processes('naughty-grandchild-orphan').length, 1)
    own.process.kill('SIGKILL')
    await until(
      'nothing is left',
      () => running('orphan').length + processes('naughty-grandchild-orphan').length === 0,
    )
  } finally {
    await own.stop()
  }
})
