/** A conversation with a model of this machine, a real one of random weights that reads little at once and never ends by itself. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { generateModel, TEMPLATE, TINY } from '../src/models/testing/generate.ts'
import { type Appliance, startAppliance } from './support/appliance.ts'

/** A token for each letter, where other models have one for four. */
const CONTEXT = 2048
let a: Appliance

before(async () => {
  a = await startAppliance()
  await mkdir(join(a.state, 'models'), { recursive: true })
  generateModel(join(a.state, 'models/toy.gguf'), {
    template: TEMPLATE,
    shape: { ...TINY, context: CONTEXT },
  })
})
after(() => a?.stop())

interface Message {
  role: string
  state: string
  why?: string
  summary?: string
}
const messagesOf = async (id: string): Promise<Message[]> =>
  JSON.parse((await a.luca(['chat', 'show', id, '--limit', '100', '--json'])).stdout).messages

for (const tools of [['--no-tools'], []])
  test(`goes on and on ${tools.length > 0 ? 'without' : 'with'} tools: what it reads is never too long, whatever was said and attached`, async () => {
    await writeFile(join(a.files, 'long.txt'), 'A line of a long file.\n'.repeat(1000))
    const first = await a.luca(['chat', ...tools, '--file', 'long.txt', 'What does it say?', '--json'])
    const { conversation, state, why } = JSON.parse(first.stdout)
    assert.equal(state, 'whole', why)
    for (let n = 0; n < 5; n++) {
      const { stdout, stderr } = await a.luca(['chat', '--conversation', conversation, `And ${n}?`, '--json'])
      const answered = JSON.parse(stdout)
      assert.equal(answered.state, 'whole', `${answered.why} ${stderr}`)
    }
    const messages = await messagesOf(conversation)
    assert.equal(messages.length, 12)
    assert.deepEqual(
      messages.filter((message) => message.state !== 'whole'),
      [],
    )
  })
