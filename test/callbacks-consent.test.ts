/** Consent for what a server does within a call: the person at the client of that call is asked, whichever era it is of. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { META } from '../src/protocol/mcp.ts'
import { type Appliance, until } from './support/appliance.ts'
import { startCalling } from './support/calling-appliance.ts'
import { post } from './support/http.ts'
import { type AnyClient, connectCurrent, connectLegacy } from './support/official-clients.ts'

let folder: string
let a: Appliance
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'calling-'))
  a = await startCalling(folder)
})
after(async () => {
  await a?.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Form {
  message: string
  requestedSchema: { properties: Record<string, { enum?: string[]; title?: string }> }
}
type Answer = {
  action: 'accept' | 'decline' | 'cancel'
  content?: Record<string, string>
}
type Answering = (form: Form) => Promise<Answer> | Answer

/** Clients that can be asked, and answer so. */
const CLIENTS: Record<string, (name: string, answer: Answering) => Promise<AnyClient>> = {
  'the current revision': (name, answer) =>
    connectCurrent({
      url: a.url,
      token: a.token,
      name,
      capabilities: { elicitation: {} },
      prepare: (client) =>
        client.setRequestHandler('elicitation/create', async ({ params }) => answer(params as Form)),
    }),
  'a legacy session': async (name, answer) =>
    (await connectLegacy({
      url: a.url,
      token: a.token,
      name,
      capabilities: { elicitation: {} },
      prepare: (client) =>
        client.setRequestHandler(ElicitRequestSchema, async ({ params }) => ({
          ...(await answer(params as Form)),
        })),
    })) as AnyClient,
}

const told = async (client: AnyClient, name: string, args: Record<string, unknown>) => {
  const result = (await client.callTool({ name, arguments: args })) as { content: { text: string }[] }
  return JSON.parse(result.content[0]?.text ?? '')
}
const file = async (name: string) => {
  await writeFile(join(a.files, name), name)
  return `/${name}`
}
const isThere = (path: string) => existsSync(join(a.files, path))

for (const [era, connect] of Object.entries(CLIENTS)) {
  describe(`a client of ${era}`, () => {
    test('is asked with the chain of calls and the arguments, and nothing runs twice', async (t) => {
      const path = await file(`${t.fullName.length}-asked.txt`)
      const forms: Form[] = []
      const client = await connect('one', (form) => {
        forms.push(form)
        return { action: 'accept', content: { allow: 'this call only' } }
      })
      const before = (await told(client, 'agent_delete_each', { paths: [] })).runs
      const { runs, deleted } = await told(client, 'agent_delete_each', { paths: [path] })
      assert.equal(runs, before + 1)
      assert.ok(deleted[0].gave, deleted[0].failed)
      assert.ok(!isThere(path))
      assert.equal(forms.length, 1)
      assert.match(
        forms[0]?.message ?? '',
        /asks to run agent_delete_each → fs_delete_file, which would delete/,
      )
      assert.match(forms[0]?.message ?? '', new RegExp(path))
      await client.close()
    })

    test('that says no has the handler told so', async (t) => {
      const path = await file(`${t.fullName.length}-denied.txt`)
      const client = await connect('two', () => ({ action: 'decline' }))
      const { deleted } = await told(client, 'agent_delete_each', { paths: [path] })
      assert.match(deleted[0].failed, /The person at the client did not allow this call/)
      assert.ok(isThere(path))
      await client.close()
    })

    test('is asked three things in one form, of which a denied one stops alone', async (t) => {
      const paths = await Promise.all(['x', 'y', 'z'].map((name) => file(`${t.fullName.length}-${name}.txt`)))
      const forms: Form[] = []
      const client = await connect('three', (form) => {
        forms.push(form)
        const fields = Object.keys(form.requestedSchema.properties)
        assert.deepEqual(fields, ['1_allow', '2_allow', '3_allow'])
        return {
          action: 'accept',
          content: { '1_allow': 'this call only', '2_allow': 'no', '3_allow': 'this call only' },
        }
      })
      const { deleted } = await told(client, 'agent_delete_each', { paths })
      assert.equal(forms.length, 1)
      assert.match(deleted[1].failed, /did not allow/)
      assert.deepEqual(paths.map(isThere), [false, true, false])
      await client.close()
    })

    test('is asked by a tool that is called deep within, and answers it', async () => {
      const forms: Form[] = []
      const client = await connect('four', (form) => {
        forms.push(form)
        return { action: 'accept', content: { name: 'Ada' } }
      })
      const inner = { name: 'agent_ask', args: { text: 'Who are you?' } }
      const { gave } = await told(client, 'agent_call', { name: 'helper_call', args: inner })
      assert.match(JSON.stringify(gave), /Ada/)
      assert.match(forms[0]?.message ?? '', /agent_call → helper_call → agent_ask/)
      await client.close()
    })
  })
}

test('a client that can’t be asked waits, and goes on once the owner decides', async () => {
  const path = await file('queued.txt')
  const client = await connectCurrent({ url: a.url, token: a.token, name: 'mute' })
  const [yes, no] = [path, await file('kept.txt')]
  const work = told(client, 'agent_delete_each', { paths: [yes, no] })
  const waiting = await until('both wait', async () => {
    const { stdout } = await a.luca(['approve', '--json'])
    const { approvals } = JSON.parse(stdout) as {
      approvals: { id: string; tool: string; arguments: string }[]
    }
    const own = approvals.filter(({ tool }) => tool === 'agent_delete_each → fs_delete_file')
    return own.length === 2 ? own : undefined
  })
  const idOf = (name: string) => waiting.find(({ arguments: args }) => args.includes(name))?.id as string
  assert.equal((await a.luca(['approve', idOf('queued.txt')])).code, 0)
  assert.equal((await a.luca(['approve', idOf('kept.txt'), '--deny'])).code, 0)
  const { deleted } = await work
  assert.ok(deleted[0].gave)
  assert.match(deleted[1].failed, /The owner did not allow this call/)
  assert.deepEqual([yes, no].map(isThere), [false, true])
  await client.close()
})

describe('a client that is asked over HTTP', () => {
  const ask = (path: string, more: object = {}, token = a.token) =>
    post(a.url, token, 'tools/call', {
      name: 'agent_delete_each',
      arguments: { paths: [path] },
      ...more,
      _meta: { [META.clientCapabilities]: { elicitation: {} } },
    })

  test('and reconnects with the state is joined to the same call', async () => {
    const path = await file('returns.txt')
    const { json } = await ask(path)
    assert.equal(json.result.resultType, 'input_required')
    const { requestState, inputRequests } = json.result
    const [key] = Object.keys(inputRequests)
    const inputResponses = { [key as string]: { action: 'accept', content: { allow: 'this call only' } } }
    const { json: joined } = await ask(path, { requestState, inputResponses })
    assert.ok(JSON.parse(joined.result.content[0].text).deleted[0].gave)
    assert.ok(!isThere(path))
    const again = await ask(path, { requestState, inputResponses })
    assert.match(again.json.error.message, /This requestState is not valid here, or no longer/)
  })

  test('shares its state with no one: another token, or another call, is refused with it', async () => {
    const path = await file('mine.txt')
    const { json } = await ask(path)
    const { requestState } = json.result
    const { stdout } = await a.luca(['token', 'create', 'thief', '--json'])
    const { token } = JSON.parse(stdout)
    const answers = { consent: { action: 'accept', content: { allow: 'this call only' } } }
    const stolen = await ask(path, { requestState, inputResponses: answers }, token)
    assert.match(stolen.json.error.message, /This requestState is not valid here/)
    const other = await ask(await file('other.txt'), { requestState, inputResponses: answers })
    assert.match(other.json.error.message, /This requestState is not valid here/)
    assert.ok(isThere(path))
  })

  test('has what it is asked decided by the owner meanwhile, and finds the result when it repeats the call', async () => {
    const path = await file('meanwhile.txt')
    const { json } = await ask(path)
    const { requestState, _meta } = json.result
    assert.equal((await a.luca(['approve', _meta[META.ticket]])).code, 0)
    await until('it was deleted', () => !isThere(path))
    const { json: joined } = await ask(path, { requestState })
    assert.ok(JSON.parse(joined.result.content[0].text).deleted[0].gave)
  })

  test('loses its call with its token', async () => {
    const path = await file('revoked.txt')
    const { stdout } = await a.luca(['token', 'create', 'short-lived', '--json'])
    const { token } = JSON.parse(stdout)
    const { json } = await ask(path, {}, token)
    assert.equal(json.result.resultType, 'input_required')
    await a.luca(['token', 'revoke', 'short-lived', '--yes'])
    await until('the call was ended', () =>
      a
        .log()
        .split('\n')
        .some((line) => line.includes('"who":"short-lived"') && line.includes('fs_delete_file')),
    )
    const { json: late } = await ask(path, { requestState: json.result.requestState })
    assert.match(late.error.message, /This requestState is not valid here/)
    assert.ok(isThere(path))
  })
})
