import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectionLost } from '../../client/connection.ts'
import { MODEL_FAILURES } from '../../contracts/model-failures.ts'
import { ERRORS, type ErrorName } from '../../protocol/errors.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { CliError } from '../cli-error.ts'
import { troubleWithModel } from './troubles.ts'

/** Words of the API, which say nothing to people. */
const API_TERMS =
  /context_overflow|max_tokens|response_format|"messages"|tool_choice|"options"|\bsend\b|-32\d\d\d/i
/** What tells a person how to go on. */
const NEXT_STEP = /luca |Ask |ask |Shorten|Get it/

const SAID = 'What the model’s server says; "luca model list" shows more'

for (const code of Object.keys(MODEL_FAILURES))
  test(`${code} is explained with what to do, and not in the API's terms`, () => {
    const data = { code, context: 2048, prompt_tokens: 13_680, max_tokens: null }
    const { error } = MODEL_FAILURES[code] as { error: ErrorName }
    const told = troubleWithModel(new RpcError(error, SAID, { data }))
    // Whoever gave options of their own is answered in their terms.
    if (code === 'invalid_request') return assert.equal(told, undefined)
    assert.match(told ?? '', NEXT_STEP)
    assert.doesNotMatch(told ?? '', API_TERMS)
  })

test('the gateway’s own refusals are explained with what to do', () => {
  const quota = (limit: string) =>
    troubleWithModel(new RpcError('LLM_QUOTA', 'The quota …', { data: { limit, tokens: 1 } }))
  assert.match(quota('FREE.max_llm_tokens_per_day') ?? '', /used up; the next day begins/)
  assert.match(quota('FREE.max_llm_tokens_per_request') ?? '', /more than your licence allows for one/)
  const named = (name: ErrorName) => troubleWithModel(new RpcError(name, 'No'))
  assert.match(named('MODEL_NOT_ALLOWED') ?? '', /^No\. "luca licence".*--model/)
  assert.match(named('RATE_LIMITED') ?? '', /Ask again/)
  assert.match(troubleWithModel(new ConnectionLost('x')) ?? '', /went away.*Ask again/)
})

test('it is the same for what a command throws, and for anything else there is no sentence', () => {
  const cause = new RpcError('RATE_LIMITED', 'Busy', { data: { code: 'queue_full' } })
  assert.match(troubleWithModel(new CliError('failed', 'Busy', { cause })) ?? '', /Too many/)
  for (const other of [new Error('x'), new RpcError(ERRORS.FORBIDDEN.code, 'x'), undefined])
    assert.equal(troubleWithModel(other), undefined)
})
