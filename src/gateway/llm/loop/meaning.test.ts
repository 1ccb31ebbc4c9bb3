import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import type { CallToolResult, Tool } from '../../../protocol/mcp.ts'
import type { ConsentedCall } from '../../call/call.ts'
import { fused, ToolMeanings } from './meaning.ts'

const tool = (name: string, description: string): Tool => ({
  name,
  description,
  inputSchema: { type: 'object' },
})
const TOOLS = [tool('a_lamp', 'Lights up.'), tool('b_song', 'Plays.'), tool('c_tap', 'Runs.')]
/** Texts about light, music and water. */
const ABOUT = [/lamp|dark/, /song|loud/, /tap|thirsty/]
const vectorOf = (text: string) => ABOUT.map((about) => Number(about.test(text)))

function setUp(
  give: (input: readonly string[]) => unknown = (input) =>
    input.map((text) => ({ embedding: vectorOf(text) })),
) {
  const asked: (readonly string[])[] = []
  const stop = new AbortController()
  const call = {
    deadline: performance.now() + 60_000,
    signal: stop.signal,
    checkAgain() {},
  } as unknown as ConsentedCall
  const meanings = new ToolMeanings({
    async callServer(where, name, { model, input }) {
      assert.deepEqual([where, name, model], ['local', 'embed', 'use-lite'])
      asked.push(input as string[])
      const given = give(input as string[])
      if (given instanceof Error) throw given
      const result = { resultType: 'complete', content: [], structuredContent: { data: given } }
      return result as unknown as CallToolResult
    },
  })
  const nearest = async (question: string, tools = TOOLS) =>
    (await meanings.nearest(call, question, tools)).map(({ name }) => name)
  return { asked, stop, nearest }
}

test('the tools that a question means come first, and each tool is embedded once', async () => {
  const { nearest, asked } = setUp()
  assert.equal((await nearest('It is dark'))[0], 'a_lamp')
  assert.equal((await nearest('It is loud'))[0], 'b_song')
  const more = [...TOOLS, tool('d_new', 'song')]
  assert.deepEqual((await nearest('I am thirsty', more))[0], 'c_tap')
  assert.deepEqual(
    asked.map((input) => input.length),
    [3, 1, 1, 1, 1],
  )
  assert.equal(asked[0]?.[0], 'a lamp. Lights up.')
})

const IN_VAIN: Readonly<Record<string, () => unknown>> = {
  'nothing runs such models': () => new RpcError('INTERNAL', 'It is not there.'),
  'vectors are missing': () => [],
  'vectors are none': () => [{ embedding: 'x' }],
  'the answer has another shape': () => 'x',
}
for (const [what, give] of Object.entries(IN_VAIN))
  test(`where ${what}, words alone say it`, async () => {
    assert.deepEqual(await setUp(give).nearest('It is dark'), [])
  })

test('a caller who goes is not kept waiting', async () => {
  const { nearest, stop } = setUp(() => {
    stop.abort(new Error('gone'))
    return new RpcError('INTERNAL', 'stopped')
  })
  await assert.rejects(nearest('It is dark'), /gone/)
})

test('one found by words stands among the first of those by meaning, and none is lost or doubled', () => {
  assert.deepEqual(fused(['w', 'v'], ['a', 'b', 'c', 'd']), ['a', 'w', 'b', 'c', 'd', 'v'])
  const names = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 20 })
  fc.assert(
    fc.property(names, names, (byWords, byMeaning) => {
      const all = fused(byWords, byMeaning)
      assert.deepEqual(new Set(all), new Set([...byWords, ...byMeaning]))
      assert.equal(all.length, new Set(all).size)
      if (byMeaning.length === 0) assert.deepEqual(all, byWords)
    }),
  )
})
