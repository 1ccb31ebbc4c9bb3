/** What OpenAI's client says of a request that must not work. */
import assert from 'node:assert/strict'
import OpenAI from 'openai'

/** The error that it is refused with. Throws if it worked. */
export async function failureOf(work: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await work.then(
    () => assert.fail('it worked'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof OpenAI.APIError, String(error))
  return error
}
