/** Searching with an embedding model that the gateway reaches. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { type LocalModel, localModel } from './support/local-model.ts'
import { type AnyClient, connectCurrent } from './support/official-clients.ts'

let models: LocalModel
let a: Appliance
let client: AnyClient
before(async () => {
  models = await localModel()
  a = await startAppliance(models)
  client = await connectCurrent({ url: a.url, token: a.token })
})
after(async () => {
  await client?.close()
  await a?.stop()
  await models?.[Symbol.asyncDispose]()
})

async function told(name: string, args: Record<string, unknown> = {}) {
  // biome-ignore lint/suspicious/noExplicitAny: answers of several shapes, of which the test reads some parts
  const result = (await client.callTool({ name, arguments: args })) as any
  assert.equal(result.isError, undefined, JSON.stringify(result.content))
  return result.structuredContent
}

test('a model of this machine is chosen with luca, embeds what is searched by the wake list, and answers', async () => {
  await mkdir(join(a.files, 'notes'))
  await writeFile(join(a.files, 'notes/boiler.md'), '# Heating\n\nThe boiler is serviced each autumn.')
  await told('fs_index_add', { path: '/notes' })
  const listed = await a.luca(['search', 'models'])
  assert.match(listed.stdout, /tiny-embed +a model of this machine/)
  const used = await a.luca(['search', 'models', 'use', 'tiny-embed'])
  assert.match(used.stdout, /tiny-embed works: 2 numbers/)
  const status = await until('all is embedded by it', async () => {
    const now = await told('fs_index_status')
    return now.model === 'tiny-embed' && now.withoutMeaning === 0 ? now : undefined
  })
  assert.equal(status.problem, undefined)
  // A model that is busy has some seconds for a question; then words answer it.
  const { hits, missing } = await until('the model answers in time', async () => {
    const found = await told('fs_search_documents', { query: 'boiler' })
    return found.hits[0]?.foundBy.includes('meaning') ? found : undefined
  })
  assert.equal(hits[0].path, '/notes/boiler.md')
  assert.equal(missing.meaning, undefined)
})
