import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { defineServer, defineTool, ToolError } from '../protocol/define.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import * as Type from '../protocol/schema.ts'
import { harness } from './harness.ts'
import { Secrets } from './secrets.ts'
import { compileValidators } from './testing/compile-validators.ts'

const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }

test('nothing is hidden before a secret was read, and all of it after', async () => {
  const secrets = new Secrets(async (name) => `the ${name}`)
  assert.equal(secrets.hide('the password'), 'the password')
  assert.equal(await secrets.read('password'), 'the password')
  assert.equal(secrets.hide('login failed with the password.'), 'login failed with [secret].')
})

test('a secret is hidden in JSON as well, and the names of properties stay', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 4 }), async (secret) => {
      const secrets = new Secrets(async () => secret)
      await secrets.read('x')
      const line = secrets.hide(JSON.stringify({ text: `before ${secret} after` }))
      assert.equal(typeof JSON.parse(line), 'object')
      fc.pre(!'[secret]'.includes(secret))
      assert.ok(!line.includes(JSON.stringify(secret).slice(1, -1)))
      const value = secrets.hideIn({ [secret]: [secret, 1, null, { deep: secret }] })
      assert.deepEqual(value, { [secret]: ['[secret]', 1, null, { deep: '[secret]' }] })
    }),
  )
})

test('what was a secret before stays hidden, and what is too short to be distinguished from other text never is', async () => {
  let now = 'first-one'
  const secrets = new Secrets(async () => now)
  await secrets.read('x')
  now = 'second-one'
  await secrets.read('x')
  now = 'abc'
  await secrets.read('x')
  assert.equal(secrets.hide('first-one second-one abc'), '[secret] [secret] abc')
})

test('where one secret is part of another, nothing of the longer one is left', async () => {
  const secrets = new Secrets(async (name) => ({ a: 'open', b: 'open sesame' })[name])
  await secrets.read('a')
  await secrets.read('b')
  assert.equal(secrets.hide('open sesame, open'), '[secret], [secret]')
})

/** A server that tells its secret in every way that a call can fail. */
const leaky = defineServer<{ secret(name: string): Promise<string | undefined> }>({
  name: 'leaky',
  title: 'Leaky',
  version: '1.0.0',
  description: 'Tells its secret',
  scope: 'user',
  tools: (['tool', 'rpc', 'result', 'bug'] as const).map((how) =>
    defineTool({
      name: how,
      title: how,
      description: how,
      capability: 'leaky.use',
      input: Type.Object({}),
      annotations: READS,
      handler: async (_, __, host: { secret(name: string): Promise<string | undefined> }) => {
        const url = `https://ada:${await host.secret('password')}@mail.example`
        if (how === 'tool') throw new ToolError(`${url} did not answer`, { structured: { url } })
        if (how === 'rpc') throw new RpcError('FORBIDDEN', `${url} refused`, { data: { url } })
        if (how === 'bug') throw new Error(`${url} broke`)
        return { content: [{ type: 'text', text: url }], structured: { url }, isError: true }
      },
    }),
  ),
  open: async ({ secret }) => ({ secret }),
})

for (const name of ['tool', 'rpc', 'result', 'bug'])
  test(`a secret does not get into the answer of a call that fails (${name})`, async () => {
    const secrets = { password: 'correct "horse"' }
    await using running = await harness(leaky, compileValidators(leaky), { secrets })
    const call = () => running.connection.request('tools/call', { name, arguments: {} })
    const told = JSON.stringify(await call().catch(({ message, data }) => ({ message, data })))
    assert.doesNotMatch(told, /horse/)
    if (name !== 'bug') assert.match(told, /https:..ada:\[secret\]@mail\.example/)
  })

test('a secret is read at each use, and is undefined where there is none', async () => {
  const secrets: Record<string, string> = {}
  const read: unknown[] = []
  const reading = defineServer<{ secret(name: string): Promise<string | undefined> }>({
    ...leaky,
    tools: [
      defineTool({
        ...(leaky.tools[0] as (typeof leaky.tools)[number]),
        handler: async (_, __, host: { secret(name: string): Promise<string | undefined> }) => {
          read.push(await host.secret('password'))
          return 'read'
        },
      }),
    ],
  })
  await using running = await harness(reading, compileValidators(reading), { secrets })
  for (const value of [undefined, 'one', 'two']) {
    if (value) secrets.password = value
    await running.connection.request('tools/call', { name: 'tool', arguments: {} })
  }
  assert.deepEqual(read, [undefined, 'one', 'two'])
})
