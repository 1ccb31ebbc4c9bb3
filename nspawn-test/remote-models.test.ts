/** A provider of language models elsewhere, reached by the one unit that has the network and the key. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { System } from './system.ts'

const KEY = 'sk-only-for-the-provider'
/** Answers in OpenAI's shape, with what it was given as a key. */
const PROVIDER = `import { createServer } from 'node:http'
createServer((req, res) => {
  req.resume()
  const content = 'key ' + req.headers.authorization
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices, usage }))
}).listen(9009, '127.0.0.1')
`
const MODELS = `providers:
  elsewhere: {api_base_url: "http://provider.localhost:9009/v1"}
models:
  far: {provider: elsewhere, model_name: m}
`
let system: System
before(async () => {
  system = await System.boot()
  await system.put('/run/provider.mjs', PROVIDER)
  await system.out(['systemd-run', '--unit=provider', '/usr/bin/node', '/run/provider.mjs'])
  await system.put('/run/models.yaml', MODELS)
})
after(() => system?.stop())

const chat = async () => {
  const params = JSON.stringify([[{ role: 'user', content: 'Hello' }], { model: 'far' }])
  const { stdout, stderr } = await system.run(['luca', 'call', 'mcp.llm.chat', params], { user: 'owner' })
  return stdout + stderr
}

test('the owner names a provider and gives its key, and is answered from there', async () => {
  const asOwner = (command: string[], input?: string) =>
    system.out(command, { user: 'owner', ...(input === undefined ? {} : { input }) })
  await asOwner(['luca', 'config', 'set', 'models', '/run/models.yaml'])
  await asOwner(['luca', 'secret', 'set', 'llm-remote', 'elsewhere'], KEY)
  assert.match(
    await system.until('the provider is known', async () => {
      const said = await chat()
      return /key Bearer/.test(said) ? said : undefined
    }),
    new RegExp(`key Bearer ${KEY}`),
  )
  assert.match(await asOwner(['luca', 'unit', 'list']), /mcp-llm-remote\.service/)
})

test('neither the gateway nor any other process has the key', async () => {
  const pid = await system.show('llmbasedos-gateway.service', 'MainPID')
  const grep = (path: string) => system.run(['sh', '-c', `grep -rl -- ${KEY} ${path} 2>/dev/null`])
  assert.equal((await grep(`/proc/${pid}/root/run/credentials /var/lib /etc`)).stdout, '')
  assert.equal(
    (await system.run(['sh', '-c', `journalctl -b -o cat | grep -c -- ${KEY}`])).stdout.trim(),
    '0',
  )
})

test('a configuration that the gateway could not use is refused, and the one before holds', async () => {
  await system.put('/run/wrong.yaml', 'models: {far: {provider: nobody}}\n')
  const { code, stderr } = await system.run(['luca', 'config', 'set', 'models', '/run/wrong.yaml'], {
    user: 'owner',
  })
  assert.notEqual(code, 0)
  assert.match(stderr, /^luca: It was rejected: models\.yaml:1: models\.far\.provider: names a provider/)
  assert.match(await chat(), /key Bearer/)
})
