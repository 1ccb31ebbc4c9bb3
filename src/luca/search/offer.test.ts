/** Offers to index, to users who can be asked. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import type { Context } from '../../command/command.ts'
import { GatewayLink } from '../../command/link.ts'
import { fakeGateway } from '../fixtures/session.ts'
import { askForIndex, offerIndex } from './offer.ts'

const IDLE = { state: 'idle', files: 2, waiting: 0, leftOut: 0, passages: 4, withoutMeaning: 0, model: 'm' }
const told = (structuredContent: object) => ({ content: [], structuredContent })

/** Runs with a user who answers so, at a gateway whose user has these folders. */
async function answering(
  answer: string | undefined,
  { indexed = [], served = ['Documents'] }: { indexed?: string[]; served?: string[] },
  run: (context: Context) => Promise<void>,
): Promise<{ asked: string[]; calls: string[]; written: string }> {
  const folders = indexed.map((path) => ({ path }))
  const asked: string[] = []
  const gateway = await fakeGateway({
    'tools/call': ({ name, arguments: given }) => {
      const { path } = given as { path: string }
      if (name === 'fs_index_add') folders.push({ path })
      return told(name === 'fs_index_status' ? { ...IDLE, folders } : { path, isNew: true })
    },
    'mcp.fs.list': () => ({
      value: served.map((name) => ({ name, path: `/${name}`, type: 'directory', size: -1, modified_at: '' })),
    }),
  })
  const link = await GatewayLink.open(gateway.socket, { name: 'test', version: '1' })
  const stderr = new PassThrough()
  const context: Context = {
    io: { stdin: new PassThrough(), stdout: new PassThrough(), stderr, env: {} },
    json: false,
    signal: new AbortController().signal,
    gatewaySocket: gateway.socket,
    cwd: '/',
    ask: async (question) => {
      asked.push(question)
      return answer
    },
    isAsking: () => false,
    gateway: async () => link,
  }
  try {
    await run(context)
    const calls = gateway.received.flatMap(({ params }) => {
      const { name, arguments: given } = params as { name?: string; arguments?: { path?: string } }
      return name === undefined || name === 'fs_index_status' ? [] : [`${name} ${given?.path}`]
    })
    return { asked, calls, written: String(stderr.read() ?? '') }
  } finally {
    link.close()
    gateway.close()
  }
}

test('a new machine offers to index Documents, which is made, and only a yes begins', async () => {
  const yes = await answering('y', { served: [] }, askForIndex)
  assert.deepEqual(yes.calls, ['fs_create_directory /Documents', 'fs_index_add /Documents'])
  assert.match(yes.written, /\/Documents is indexed from now on/)
  for (const answer of ['', 'n', 'no', 'what?', undefined]) {
    const { asked, calls } = await answering(answer, {}, askForIndex)
    assert.deepEqual([asked.length, calls], [1, []], answer)
  }
})

test('where something is indexed nothing is offered', async () => {
  assert.deepEqual((await answering('y', { indexed: ['/notes'] }, askForIndex)).asked, [])
})

test('a search offers the folder of documents, or all where there is none, and waits until it can be found', async () => {
  for (const [served, folder, question] of [
    [['Documents', 'x'], '/Documents', /^Index \/Documents now\? \[y\/N\]/],
    [['x'], '/', /^Index all served files now\?/],
  ] as const) {
    const { asked, calls } = await answering('yes', { served: [...served] }, offerIndex)
    assert.match(asked[0] ?? '', question)
    assert.deepEqual(calls, [`fs_index_add ${folder}`])
  }
})

test('a no to the offer is an error that says how to begin later', async () => {
  await answering('n', {}, async (context) => {
    await assert.rejects(offerIndex(context), /"luca index add \/Documents" has a folder indexed/)
  })
})
