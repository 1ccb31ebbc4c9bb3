/** `luca stdio` and the bundle, as desktop clients start them, against the real appliance. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Client as CurrentClient } from '@modelcontextprotocol/client'
import { StdioClientTransport as CurrentTransport } from '@modelcontextprotocol/client/stdio'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { unzipSync } from 'fflate'
import { connect } from '../src/client/connect.ts'
import { type Appliance, FIXTURE_SERVER, ROOT, startAppliance, until } from './support/appliance.ts'

const INFO = { name: 'a test', version: '1.0.0' }
const LUCA = join(ROOT, 'bin/luca')
const SLOW = 'fixture_test_reconnection'

let a: Appliance
before(async () => {
  a = await startAppliance(FIXTURE_SERVER)
})
after(() => a?.stop())

interface Command {
  command: string
  args: string[]
  env?: Record<string, string>
}
interface Bridged extends AsyncDisposable {
  listTools(): Promise<{ tools: { name: string }[] }>
  callTool(name: string, onProgress?: (progress: number) => void): Promise<object>
  pid: number
}

const socketBridge = (): Command => ({ command: LUCA, args: ['stdio', '--socket', a.socket] })
const urlBridge = (): Command => ({
  command: LUCA,
  args: ['stdio', '--url', a.url],
  env: { LLMBDO_TOKEN: a.token },
})

const clients: Record<string, (command: Command) => Promise<Bridged>> = {
  'client 2.4.0, pinned to 2026-07-28': async (command) => {
    const client = new CurrentClient(INFO, {
      versionNegotiation: { mode: { pin: '2026-07-28' } },
      capabilities: { elicitation: { form: {} } },
    })
    client.setRequestHandler('elicitation/create', async () => ({
      action: 'accept',
      content: { username: 'ann', email: 'ann@example.org' },
    }))
    const transport = new CurrentTransport({ ...command, stderr: 'ignore' })
    await client.connect(transport)
    return {
      listTools: () => client.listTools(),
      callTool: (name, onProgress) =>
        client.callTool({ name, arguments: argumentsOf(name) }, progressTo(onProgress)),
      pid: transport.pid as number,
      [Symbol.asyncDispose]: () => client.close(),
    }
  },
  'sdk 1.32.2': async (command) => {
    const client = new LegacyClient(INFO, { capabilities: { elicitation: {} } })
    client.setRequestHandler(ElicitRequestSchema, async () => ({
      action: 'accept',
      content: { username: 'ann', email: 'ann@example.org' },
    }))
    const transport = new LegacyTransport({ ...command, stderr: 'ignore' })
    // Its own types disagree with each other under exactOptionalPropertyTypes.
    await client.connect(transport as Parameters<typeof client.connect>[0])
    return {
      listTools: () => client.listTools(),
      callTool: (name, onProgress) =>
        client.callTool({ name, arguments: argumentsOf(name) }, undefined, progressTo(onProgress)),
      pid: transport.pid as number,
      [Symbol.asyncDispose]: () => client.close(),
    }
  },
}

const progressTo = (onProgress: ((progress: number) => void) | undefined) =>
  onProgress ? { onprogress: ({ progress }: { progress: number }) => onProgress(progress) } : {}
const argumentsOf = (name: string): Record<string, unknown> =>
  name === 'time_get_current_time'
    ? { timezone: 'UTC' }
    : name === 'fixture_test_elicitation'
      ? { message: 'who?' }
      : {}
const textOf = (result: object) => (result as { content: { text: string }[] }).content[0]?.text ?? ''
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Kills the gateway, a child of this appliance's own process. */
function killGateway(): void {
  const parent = a.process.pid
  const children = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isGatewayOf(pid, parent))
  assert.equal(children.length, 1, 'there is one gateway')
  process.kill(Number(children[0]), 'SIGKILL')
}

function isGatewayOf(pid: string, parent: number | undefined): boolean {
  try {
    const [, ppid] = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('gateway.mjs')
  } catch {
    return false // it has ended meanwhile
  }
}

/** Waits until the fixture server works on a call. */
async function slowCallRuns(): Promise<void> {
  const link = await connect(a.socket, { clientInfo: INFO })
  try {
    await until('the slow tool runs', async () => {
      const { servers } = (await link.request('admin/status')) as unknown as {
        servers: { name: string; inFlight: number }[]
      }
      return servers.some(({ name, inFlight }) => name === 'fixture' && inFlight > 0)
    })
  } finally {
    link.close()
  }
}

for (const [name, open] of Object.entries(clients)) {
  describe(name, () => {
    for (const [way, command] of Object.entries({ 'gateway.sock': socketBridge, '/ws': urlBridge }))
      test(`lists and calls over ${way}, hears of progress, is asked, and leaves no process`, async () => {
        const client = await open(command())
        try {
          const names = (await client.listTools()).tools.map((tool) => tool.name)
          for (const expected of ['fs_read_text_file', SLOW]) assert.ok(names.includes(expected), expected)
          assert.match(textOf(await client.callTool('time_get_current_time')), /UTC/)
          const heard: number[] = []
          await client.callTool('fixture_test_tool_with_progress', (progress) => heard.push(progress))
          // Both clients forget who hears of progress as soon as they have the answer, so that the last of it comes too late for them
          // where both arrive at once.
          assert.ok(heard.length >= 2, `${heard}`)
          assert.deepEqual(heard, [0, 50, 100].slice(0, heard.length))
          assert.match(textOf(await client.callTool('fixture_test_elicitation')), /ann@example\.org/)
        } finally {
          await client[Symbol.asyncDispose]()
        }
        await until('the bridge has ended', () => !isAlive(client.pid))
      })

    test('gets the answer to a call in whose middle the gateway was killed', async () => {
      await using client = await open(socketBridge())
      await client.listTools()
      const answer = client.callTool(SLOW)
      await slowCallRuns()
      killGateway()
      assert.match(textOf(await answer), /The tool ended/)
      assert.match(textOf(await client.callTool('time_get_current_time')), /UTC/)
    })

    test('learns when it is not known whether the call took effect, and goes on', async () => {
      await using client = await open(urlBridge())
      // Nothing was listed: the bridge knows nothing of the tool.
      const answer = client.callTool(SLOW).then(
        () => assert.fail('the call was repeated'),
        (error: Error) => error.message,
      )
      await slowCallRuns()
      killGateway()
      assert.match(await answer, /not known whether it took effect/)
      assert.ok((await client.listTools()).tools.length > 0)
    })
  })
}

describe('the bridge', () => {
  const start = async () => {
    const { command, args } = socketBridge()
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] })
    const exited = once(child, 'exit')
    child.stdin.on('error', () => {}) // it may end before it has read all
    child.stdin.write('not JSON\n')
    const [said] = await once(child.stdout, 'data')
    assert.match(String(said), /-32700/)
    return { child, exited }
  }
  for (const [signal, code] of [
    ['SIGTERM', 0],
    ['SIGINT', 130],
  ] as const)
    test(`ends with ${signal}`, async () => {
      const { child, exited } = await start()
      child.kill(signal)
      assert.deepEqual(await exited, [code, null])
    })
  test('ends once its stdout is no longer read', async () => {
    const { child, exited } = await start()
    child.stdout.destroy()
    child.stdin.write('not JSON\n')
    await exited
  })
})

test('a wrong token is reported to the client', async () => {
  await assert.rejects(
    clients['sdk 1.32.2']?.({ ...urlBridge(), env: { LLMBDO_TOKEN: 'lb_wrong' } }) as Promise<Bridged>,
    /can't be used/,
  )
})

describe('the bundle', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'luca-bundle-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  for (const [name, open] of Object.entries(clients))
    test(`works by itself with ${name}`, async () => {
      const file = join(folder, 'appliance.mcpb')
      const made = await a.luca(['connect', 'claude-desktop', '--url', a.url, '--bundle', file])
      assert.equal(made.code, 0, made.stderr)
      for (const [path, content] of Object.entries(unzipSync(readFileSync(file)))) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), content)
      }
      const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
      assert.equal(manifest.user_config.token.sensitive, true)
      // What the desktop client does with the form; the certificate is left empty.
      const values: Record<string, string> = { url: manifest.user_config.url.default, token: a.token }
      const fill = (text: string) =>
        text
          .replace(/\$\{__dirname\}/g, folder)
          .replace(/\$\{user_config\.(\w+)\}/g, (placeholder, key) => values[key] ?? placeholder)
      const { command, args, env } = manifest.server.mcp_config as Required<Command>
      assert.equal(command, 'node')
      await using client = await open({
        command: process.execPath,
        args: args.map(fill),
        env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, fill(value)])),
      })
      assert.ok((await client.listTools()).tools.some((tool) => tool.name === 'fs_read_text_file'))
      assert.match(textOf(await client.callTool('time_get_current_time')), /UTC/)
    })
})
