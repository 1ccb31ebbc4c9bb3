import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExactly } from '../../../../protocol/exact-json.ts'
import { chatOf, spokenIn } from './shapes.ts'

const LONG = '{"id":1234567890123456789,"share":0.12345678901234567891}'

test('numbers in the arguments of a tool stay as they were written, in both directions', () => {
  const call = { function: { name: 'f', arguments: LONG } }
  const said = JSON.stringify(spokenIn({ content: null, tool_calls: [call] }))
  assert.ok(said.includes(`"arguments":${LONG}`), said)
  const history = `[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":${LONG}}}]}]`
  const asked = JSON.stringify(chatOf({ model: 'm', messages: parseExactly(history) }))
  assert.ok(asked.includes(JSON.stringify(LONG).slice(1, -1)), asked)
})

test('arguments that are no object are none', () => {
  for (const args of ['', '[1', '7', undefined])
    assert.match(
      JSON.stringify(spokenIn({ tool_calls: [{ function: { name: 'f', arguments: args } }] })),
      /"arguments":\{\}/,
    )
})
