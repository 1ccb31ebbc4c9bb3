/** A language model in its confined unit. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { generateModel, TEMPLATE } from '../src/models/testing/generate.ts'
import { System } from './system.ts'

const SERVICE = 'mcp-llm.service'
let system: System
before(async () => {
  system = await System.boot()
  const folder = mkdtempSync(join(tmpdir(), 'models-'))
  const file = join(folder, 'noise.gguf')
  generateModel(file, { template: TEMPLATE })
  await system.out(['sh', '-c', 'base64 -d >/tmp/noise.gguf'], { input: readFileSync(file, 'base64') })
  rmSync(folder, { recursive: true })
})
after(() => system?.stop())

const asOwner = (...command: string[]) => system.run(command, { user: 'owner' })
const chat = async () => {
  const params = JSON.stringify([[{ role: 'user', content: 'Hello' }], { max_tokens: 3 }])
  const { stdout, stderr } = await asOwner('luca', 'call', 'mcp.llm.chat', params)
  return stdout + stderr
}
const pidOf = async () => Number(await system.show(SERVICE, 'MainPID'))

test('without a model, a person is told how to get one', async () => {
  assert.match(await chat(), /luca model pull/)
})

test('the owner adds a model, nobody else does, and it answers in its unit', async () => {
  const refused = await system.run(['luca', 'model', 'add', 'noise', '/tmp/noise.gguf'], { user: 'nobody' })
  assert.notEqual(refused.code, 0)
  const added = await asOwner('luca', 'model', 'add', 'noise', '/tmp/noise.gguf')
  assert.equal(added.code, 0, added.stderr)
  assert.match(await chat(), /"completion_tokens": ?3/)
})

test('its processes have a user of their own, no network and no way to the models but reading', async () => {
  const pid = await pidOf()
  assert.equal(await system.out(['stat', '-c', '%U', `/proc/${pid}`]), 'mcp-llm')
  const within = (script: string) =>
    system.run(['nsenter', '-t', String(pid), '-m', '-n', '--', 'sh', '-c', script])
  assert.notEqual((await within('touch /var/lib/llmbasedos/models/x')).code, 0)
  assert.match((await within('ls /var/lib/llmbasedos')).stdout.trim(), /^llm\s+models$/)
  assert.match((await within('cat /proc/net/dev | tail -n +3')).stdout.trim(), /^lo:/)
})

test('a model file that is cut off is refused, and the unit goes on', async () => {
  const pid = await pidOf()
  await asOwner('sh', '-c', 'head -c 100000 /tmp/noise.gguf >/var/lib/llmbasedos/models/cut.gguf')
  const params = JSON.stringify([[{ role: 'user', content: 'Hello' }], { model: 'cut' }])
  const { stderr } = await asOwner('luca', 'call', 'mcp.llm.chat', params)
  assert.match(stderr, /can't be used: it is not whole/)
  assert.equal(await pidOf(), pid)
  assert.match(await chat(), /"completion_tokens": ?3/)
})
