/** A language model in its confined unit. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ROOT } from '../scripts/servers.ts'
import { generateModel, TEMPLATE } from '../src/models/testing/generate.ts'
import { System } from './system.ts'

const SERVICE = 'mcp-llm-local.service'
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

test('without a model, the error says how to get one', async () => {
  assert.match(await chat(), /luca model pull/)
})

test('without a model of the owner, the one that ships gives vectors in the unit', async () => {
  const params = JSON.stringify([{ input: ['a kettle', 'a violin'], model: 'use-lite' }])
  const { stdout, stderr } = await asOwner('luca', 'call', 'mcp.llm.embed', params)
  assert.match(stdout, /"embedding"/, stderr)
})

test('the owner alone adds a model, and it answers in its unit', async () => {
  const refused = await system.run(['luca', 'model', 'add', 'noise', '/tmp/noise.gguf'], { user: 'nobody' })
  assert.notEqual(refused.code, 0)
  // Of a person who has been in luca before: conversations and lines that were typed are kept there, and no models.
  await asOwner('mkdir', '-p', '/home/owner/.local/state/llmbasedos')
  const added = await asOwner('luca', 'model', 'add', 'noise', '/tmp/noise.gguf')
  assert.equal(added.code, 0, added.stderr)
  assert.match(await chat(), /"completion_tokens": ?3/)
})

test('its processes have a user of their own, no network and no way to the models but reading', async () => {
  const pid = await pidOf()
  assert.equal(await system.out(['stat', '-c', '%U', `/proc/${pid}`]), 'mcp-llm-local')
  const within = (script: string) =>
    system.run(['nsenter', '-t', String(pid), '-m', '-n', '--', 'sh', '-c', script])
  assert.notEqual((await within('touch /var/lib/llmbasedos/models/x')).code, 0)
  assert.match((await within('ls /var/lib/llmbasedos')).stdout.trim(), /^llm-local\s+models$/)
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

test('with the drop-in of an image for a GPU it sees the cards and may use them, and no other server does', async () => {
  const dropIn = readFileSync(join(ROOT, 'iso/gpu/vulkan.conf'), 'utf8')
  const folder = `/run/systemd/system/${SERVICE}.d`
  // It starts only if it may open the card.
  const input = `${dropIn}ExecStartPre=/bin/sh -c ': <>/dev/dri/renderD128'\n`
  await system.out(['sh', '-c', `mkdir -p ${folder} && cat >${folder}/60-gpu.conf`], { input })
  // A container has no card; what the unit is given is a matter of names and owners.
  await system.out([
    'sh',
    '-c',
    'mkdir -p /dev/dri && install -m 660 -g render /dev/null /dev/dri/renderD128',
  ])
  await system.out(['systemctl', 'daemon-reload'])
  await system.out(['systemctl', 'stop', SERVICE])
  assert.match(await chat(), /"completion_tokens": ?3/)
  const pid = await pidOf()
  const within = async (script: string) =>
    (await system.run(['nsenter', '-t', String(pid), '-m', '--', 'sh', '-c', script])).stdout.trim()
  assert.equal(await within('ls /dev/dri'), 'renderD128')
  assert.doesNotMatch(await within('ls /dev'), /mem|kmsg|sda/)
  const group = async (name: string) => (await system.out(['getent', 'group', name])).split(':')[2]
  const groups = await system.out(['sed', '-n', 's/^Groups:\\t//p', `/proc/${pid}/status`])
  for (const name of ['render', 'video'])
    assert.ok(groups.split(' ').includes((await group(name)) ?? ''), name)
  const allowed = await system.show(SERVICE, 'DeviceAllow')
  assert.match(allowed, /char-drm rw/)
  assert.doesNotMatch(await system.show('mcp-fs@owner.service', 'DeviceAllow'), /drm/)
})
