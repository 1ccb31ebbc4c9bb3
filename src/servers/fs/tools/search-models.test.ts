import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Harness, harness } from '../../../framework/harness.ts'
import { compileValidators } from '../../../framework/testing/compile-validators.ts'
import { defineServer } from '../../../protocol/define.ts'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { EmbeddingModels } from '../../../search/embedding/models.ts'
import { writeSmallModel } from '../../../search/embedding/testing/small-model.ts'
import { type SearchModelsDeps, searchModels } from './search-models.ts'

const temporary = mkdtempSync(join(tmpdir(), 'search-models-'))
const folder = join(temporary, 'Models')
writeSmallModel(join(folder, 'mine'))
writeSmallModel(join(folder, 'broken'), { gives: 'logits' })
mkdirSync(join(temporary, 'state'))
let running: Harness
let changes = 0
before(async () => {
  const server = defineServer<SearchModelsDeps>({
    name: 'fs',
    title: 'Files',
    version: '0.1.0',
    description: 'Chooses models.',
    scope: 'user',
    tools: [searchModels],
    open: async () => ({
      models: new EmbeddingModels({ folder, shownAs: '/Models', state: join(temporary, 'state') }),
      search: {
        modelChanged: async () => {
          changes++
        },
      },
    }),
  })
  running = await harness(server, compileValidators(server as never))
})
after(async () => {
  await running.close()
  rmSync(temporary, { recursive: true, force: true })
})
const call = async (args: object) =>
  (await running.connection.request('tools/call', {
    name: 'search_models',
    arguments: args,
  })) as unknown as CallToolResult
const textOf = ({ content }: CallToolResult) =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')

test('it lists the models with the one in use', async () => {
  const result = await call({})
  assert.deepEqual(result.structuredContent, {
    models: [
      { name: 'use-lite', source: 'shipped', isChosen: true },
      { name: 'broken', source: 'folder', isChosen: false },
      { name: 'mine', source: 'folder', isChosen: false },
      { name: 'disabled', source: 'none', isChosen: false },
    ],
  })
  assert.match(textOf(result), /"use-lite" \(in use\)/)
})

test('it checks a model without choosing it, and chooses one', async () => {
  const checked = await call({ action: 'check', name: 'mine' })
  assert.match(textOf(checked), /"mine" works: it has 8 numbers for a text of up to 256 tokens/)
  assert.match(textOf(await call({})), /"use-lite" \(in use\)/)
  assert.equal(changes, 0)
  assert.match(textOf(await call({ action: 'use', name: 'mine' })), /"mine" is used from now on: it has 8/)
  assert.match(
    textOf(await call({ action: 'use', name: 'disabled' })),
    /^Words alone find files from now on\./,
  )
})

test('what is wrong with a model names its place among the served files, and nothing changes', async () => {
  const result = await call({ action: 'use', name: 'broken' })
  assert.equal(result.isError, true)
  assert.match(textOf(result), /\/Models\/broken\/model\.onnx gives logits alone/)
  assert.ok(!textOf(result).includes(temporary))
  assert.match(textOf(await call({})), /"disabled" \(in use\)/)
  assert.equal(changes, 2)
})

test('a name that is missing or unknown is refused with what to do', async () => {
  assert.match(textOf(await call({ action: 'use' })), /Give the name of the model to use/)
  assert.match(
    textOf(await call({ action: 'check', name: '../state' })),
    /these are known: use-lite, broken, mine/,
  )
})
