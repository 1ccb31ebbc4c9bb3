/** Types before meaning: what comes from outside is looked at before it becomes a text or a number. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCoercions } from './support/coercions.ts'

/** Where a value of a type that is not known becomes text all the same: the file, what stands there, and why that is right. */
const ALLOWED: [file: string, text: string, reason: string][] = [
  ['gateway/transports/http/edge.ts', 'made.getHeaders()', 'headers of an answer, made there'],
  ['servers/llm/worker/structure/check.ts', 'String(schema)', 'ajv gives a keyword of `schemaType: string`'],
  ['servers/llm/worker/structure/fixed.ts', 'ways.toSorted', 'pairs of numbers, made there'],
  ['servers/llm/worker/structure/languages.ts', 'writable.join', 'pairs of numbers, made there'],
  ['line/shell.ts', 'error instanceof Error ? error.message : String(error)', 'something was thrown'],
  ['luca/luca.ts', 'error instanceof Error ? error.message : String(error)', 'something was thrown'],
  ['luca/models/download.ts', 'message || code || String(error)', 'something was thrown'],
  [
    'tui/session/session.ts',
    'error instanceof Error ? error.message : String(error)',
    'something was thrown',
  ],
  ['up/appliance.ts', 'The last it said:', 'lines of a log, made there'],
]

test('nothing whose type is not known becomes a text or a number', async () => {
  const found = await findCoercions()
  const isAllowed = (place: string) =>
    ALLOWED.some(([file, text]) => place.startsWith(`src/${file}: `) && place.includes(text))
  assert.deepEqual(
    found.filter(({ place }) => !isAllowed(place)),
    [],
  )
  const unused = ALLOWED.filter(([file, text]) =>
    found.every(({ place }) => !place.startsWith(`src/${file}: `) || !place.includes(text)),
  )
  assert.deepEqual(unused, [], 'the table has what is there no longer')
})
