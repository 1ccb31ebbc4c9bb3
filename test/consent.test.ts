/** Consent as the official clients meet it, above all those that can't ask a person. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { type Appliance, startAppliance } from './support/appliance.ts'
import { post } from './support/http.ts'
import { type AnyClient, connectCurrent, connectLegacy } from './support/official-clients.ts'
import { connectWebSocket } from './support/v1-client.ts'

let a: Appliance
before(async () => {
  a = await startAppliance()
})
after(() => a?.stop())

interface Options {
  name?: string
  capabilities?: { elicitation?: Record<string, never> }
  /** Answers what it is asked; without it the client has no way to. */
  answer?: () => Promise<{ action: 'accept'; content: Record<string, string> }>
}

const current = async ({ name = 'current', capabilities, answer }: Options = {}): Promise<AnyClient> =>
  connectCurrent({
    url: a.url,
    token: a.token,
    name,
    capabilities,
    prepare: (client) => answer && client.setRequestHandler('elicitation/create', answer),
  })

const legacy = async ({ name = 'legacy', capabilities }: Options = {}): Promise<AnyClient> =>
  (await connectLegacy({ url: a.url, token: a.token, name, capabilities })) as AnyClient

interface Told {
  isError?: boolean
  content: { text: string }[]
  _meta?: Record<string, unknown>
}

async function call(client: AnyClient, name: string, args: Record<string, unknown>): Promise<Told> {
  return (await client.callTool({ name, arguments: args })) as Told
}
const textOf = ({ content }: Told) => content[0]?.text ?? ''
const contentOf = (name: string) => readFile(join(a.files, name), 'utf8')

const CLIENTS: Record<string, () => Promise<AnyClient>> = {
  'a client of the current revision that can’t ask': () => current(),
  'a legacy client that can’t ask': () => legacy(),
  'a client that says it can ask, and answers the question with an error, as supergateway does': () =>
    legacy({ capabilities: { elicitation: {} } }),
}
for (const [what, open] of Object.entries(CLIENTS)) {
  describe(what, () => {
    let client: AnyClient
    before(async () => {
      client = await open()
    })
    after(() => client?.close())

    test('makes a new file without being asked about it', async (t) => {
      const name = `${t.fullName.length}-new.txt`
      assert.equal(
        (await call(client, 'fs_write_file', { path: `/${name}`, content: 'new' })).isError,
        undefined,
      )
      assert.equal(await contentOf(name), 'new')
    })

    test('learns how to go on where a file would be replaced, and goes on by repeating the call', async () => {
      await writeFile(join(a.files, 'kept.txt'), 'kept')
      const overwrite = () => call(client, 'fs_write_file', { path: '/kept.txt', content: 'over' })
      const told = await overwrite()
      assert.equal(told.isError, true)
      const ticket = String(told._meta?.['io.llmbasedos/ticket'])
      assert.match(textOf(told), /fs_write_file would replace "\/kept\.txt" \(4 bytes\)/)
      assert.match(textOf(told), new RegExp(`luca approve ${ticket}`))
      assert.match(textOf(told), /luca token create NAME --trust fs\.write/)
      assert.equal(textOf(await overwrite()), textOf(told))
      assert.equal(await contentOf('kept.txt'), 'kept')

      assert.match((await a.luca(['approve'])).stdout, /fs_write_file +path: "\/kept\.txt", content: "over"/)
      assert.equal((await a.luca(['approve', ticket])).code, 0)
      const other = await call(client, 'fs_write_file', { path: '/kept.txt', content: 'another' })
      assert.equal(other.isError, true)
      assert.equal((await overwrite()).isError, undefined)
      assert.equal(await contentOf('kept.txt'), 'over')
      assert.equal((await overwrite()).isError, undefined) // it is there already
      await writeFile(join(a.files, 'kept.txt'), 'kept')
      assert.equal((await overwrite()).isError, true)
    })

    test('finds that what was allowed has changed since, and says so', async () => {
      const path = join(a.files, 'changes.txt')
      await writeFile(path, 'one')
      const remove = () => call(client, 'fs_delete_file', { path: '/changes.txt' })
      const ticket = String((await remove())._meta?.['io.llmbasedos/ticket'])
      assert.equal((await a.luca(['approve', ticket])).code, 0)
      await writeFile(path, 'two')
      assert.match(textOf(await remove()), /luca approve/)
      assert.ok(existsSync(path))
    })
  })
}

test('"for an hour" is for the client that was asked, and for no other one with its token', async () => {
  await writeFile(join(a.files, 'hour.txt'), '0')
  let asked = 0
  const answer = async () => {
    asked++
    return { action: 'accept' as const, content: { allow: 'this tool for an hour' } }
  }
  const asks = await current({ name: 'asks', capabilities: { elicitation: {} }, answer })
  for (const content of ['1', '2'])
    assert.equal((await call(asks, 'fs_write_file', { path: '/hour.txt', content })).isError, undefined)
  assert.equal(asked, 1)
  for (const other of [await current({ name: 'other' }), await legacy({ name: 'other' })]) {
    const told = await call(other, 'fs_write_file', { path: '/hour.txt', content: '3' })
    assert.equal(told.isError, true)
    await other.close()
  }
  assert.equal(await contentOf('hour.txt'), '2')
  await asks.close()
})

test('a client that says it can ask and stays silent learns how else, and "luca approve" lets the call go on', async () => {
  await writeFile(join(a.files, 'silent.txt'), 'before')
  const taken: string[] = []
  const silent = (await connectLegacy({
    url: a.url,
    token: a.token,
    name: 'silent',
    capabilities: { elicitation: {} },
    prepare: (client) =>
      client.setRequestHandler(ElicitRequestSchema, (_, { signal }) => {
        signal.addEventListener('abort', () => taken.push('back'))
        return new Promise(() => {})
      }),
  })) as Client
  const told = Promise.withResolvers<string>()
  const made = silent.callTool(
    { name: 'fs_write_file', arguments: { path: '/silent.txt', content: 'after' } },
    undefined,
    { onprogress: ({ message }) => told.resolve(message ?? '') },
  )
  const ticket = /luca approve ([0-9a-f]+)/.exec(await told.promise)?.[1] as string
  const shown = (await a.luca(['approve'])).stdout
  assert.match(shown, new RegExp(`${ticket}.*luca up \\("silent"\\).*fs_write_file +path: "/silent.txt"`))
  assert.equal((await a.luca(['approve', ticket])).code, 0)
  assert.equal((await made).isError, undefined)
  assert.equal(await contentOf('silent.txt'), 'after')
  assert.deepEqual(taken, ['back'])
  await silent.close()
})

test('no client can say for itself that a person agreed', async () => {
  await writeFile(join(a.files, 'mine.txt'), 'mine')
  const args = { path: '/mine.txt', content: 'over' }
  const _meta = {
    'io.llmbasedos/agreed': true,
    'io.llmbasedos/namePrefix': 'evil_',
    'io.llmbasedos/ticket': 'x',
  }
  const reply = await post(a.url, a.token, 'tools/call', {
    name: 'fs_write_file',
    arguments: args,
    _meta,
    agreed: true,
  })
  assert.match(reply.json.result.content[0].text, /^Not done: fs_write_file/)
  const unix = await connectWebSocket(a.origin, { token: a.token })
  for (const given of [{ ...args, _meta }, [args.path, args.content]])
    assert.ok((await unix.call('mcp.fs.write', given)).error)
  unix.close()
  assert.equal(await contentOf('mine.txt'), 'mine')
})
