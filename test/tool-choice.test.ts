/** Of two hundred tools a model is shown those that a question is about. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chosenFor } from '../scripts/bench/tools/choice.ts'
import { IN_ITS_WORDS, IN_OTHER_WORDS } from '../scripts/bench/tools/questions.ts'

test('the right tool is among those shown for at least 95 of 100 questions in its words', async () => {
  const { of, missed, share, mostTokens } = await chosenFor(IN_ITS_WORDS)
  assert.ok(of >= 200 && IN_ITS_WORDS.length === 40)
  assert.ok(share >= 0.95, JSON.stringify(missed))
  assert.ok(mostTokens <= 1500)
})

test('so it is for 95 of 100 questions of which a third is in other words, and these take no more of the prompt', async () => {
  assert.equal(IN_OTHER_WORDS.length, 20)
  const { missed, mostTokens } = await chosenFor(IN_OTHER_WORDS)
  const all = [...missed, ...(await chosenFor(IN_ITS_WORDS)).missed]
  assert.ok(all.length <= 0.05 * (IN_ITS_WORDS.length + IN_OTHER_WORDS.length), JSON.stringify(all))
  assert.ok(mostTokens <= 1500)
})

test('a model that reads 2 048 tokens is shown the right tool for most questions, in a quarter of that', async () => {
  const { share, mostTokens } = await chosenFor(IN_ITS_WORDS, 2048)
  assert.ok(share >= 0.9 && mostTokens <= 512, `${share}, ${mostTokens}`)
})
