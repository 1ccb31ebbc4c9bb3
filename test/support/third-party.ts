/** Servers of others for tests: real ones and one that misbehaves, added to the real appliance, and clients that call them. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { type Appliance, ROOT, startAppliance } from './appliance.ts'
import { connectCurrent, connectLegacy } from './official-clients.ts'

const PACKAGES = join(ROOT, 'node_modules/@modelcontextprotocol')
export const EVERYTHING = join(PACKAGES, 'server-everything/dist/index.js')
export const FILESYSTEM = join(PACKAGES, 'server-filesystem/dist/index.js')
export const NAUGHTY = join(ROOT, 'test/naughty-server/main.mjs')

/** The appliance of this file of tests, there once they run. */
export let a: Appliance
/** A folder with a file, `a.txt`. */
export let folder: string
before(async () => {
  a = await startAppliance({ config: 'consent: {ask: false}\nservers: {idleSeconds: 5}\n' })
  folder = await mkdtemp(join(tmpdir(), 'third-'))
  await writeFile(join(folder, 'a.txt'), 'hello')
})
after(async () => {
  await a?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Runs `luca server` there. */
export const server = (...words: string[]) => {
  const dashes = words.indexOf('--')
  const own = dashes < 0 ? words : words.slice(0, dashes)
  return a.luca(['server', ...own, '--state', a.state, ...(dashes < 0 ? [] : words.slice(dashes))])
}
/** Adds one; gives what was said of it. */
export async function add(name: string, ...command: string[]) {
  const result = await server('add', name, '--json', '--', process.execPath, ...command)
  assert.equal(result.code, 0, result.stderr)
  return JSON.parse(result.stdout)
}
export const textOf = (reply: { json: { result?: { content: { text: string }[] } } }) =>
  reply.json.result?.content[0]?.text

const CAPABILITIES = { sampling: {}, elicitation: {}, roots: {} }
const SAMPLE = { role: 'assistant' as const, model: 'm', content: { type: 'text' as const, text: 'sampled' } }
const ROOTS = { roots: [{ uri: 'file:///somewhere', name: 'somewhere' }] }
const ELICITED = { action: 'accept' as const, content: { name: 'Ada' } }

export interface AnyClient {
  callTool(
    params: { name: string; arguments?: Record<string, unknown> },
    schema?: undefined,
    options?: { onprogress?: (p: { progress: number }) => void; signal?: AbortSignal },
  ): Promise<object>
  close(): Promise<void>
}
/** Clients that sample, elicit and have roots, by the revision that they speak. */
export const clients: Record<string, () => Promise<AnyClient>> = {
  'the current revision': async () => {
    const client = await connectCurrent({
      url: a.url,
      token: a.token,
      capabilities: CAPABILITIES,
      prepare(client) {
        client.setRequestHandler('sampling/createMessage', async () => SAMPLE)
        client.setRequestHandler('elicitation/create', async () => ELICITED)
        client.setRequestHandler('roots/list', async () => ROOTS)
      },
    })
    return {
      callTool: (params, _, more) => client.callTool(params, more as never),
      close: () => client.close(),
    }
  },
  'an older one': async () =>
    (await connectLegacy({
      url: a.url,
      token: a.token,
      capabilities: CAPABILITIES,
      prepare(client) {
        client.setRequestHandler(CreateMessageRequestSchema, async () => SAMPLE)
        client.setRequestHandler(ElicitRequestSchema, async () => ELICITED)
        client.setRequestHandler(ListRootsRequestSchema, async () => ROOTS)
      },
    })) as AnyClient,
}
