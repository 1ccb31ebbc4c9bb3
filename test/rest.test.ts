/** Tools over plain HTTP and JSON, through the real appliance. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Appliance, startAppliance } from './support/appliance.ts'
import { send } from './support/http.ts'

let a: Appliance
before(async () => {
  a = await startAppliance({ config: 'consent: {waitSeconds: 30}\n' })
  await writeFile(join(a.files, 'a.txt'), 'hello')
})
after(() => a?.stop())

const ask = (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
  send(`${a.origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${a.token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  })

test('the tools are listed at both paths, with their schemas', async () => {
  for (const path of ['/mcp/tools', '/tools']) {
    const { tools } = (await ask('GET', path)).json
    const tool = tools.find(({ name }: { name: string }) => name === 'fs_read_text_file')
    assert.equal(tool.inputSchema.type, 'object')
    assert.ok(tool.description)
  }
})

test('a tool is called by its path, and by its name in the body', async () => {
  const { status, json } = await ask('POST', '/mcp/tools/fs_read_text_file', '{"path": "/a.txt"}')
  assert.equal(status, 200)
  assert.deepEqual(json, { status: 'success', result: { content: 'hello' }, untrusted: 'file' })
  const body = { name: 'fs_read_text_file', parameters: { path: '/a.txt' } }
  assert.deepEqual((await ask('POST', '/execute', JSON.stringify(body))).json, json)
  assert.equal((await ask('POST', '/mcp/tools/fs_list_allowed_directories')).json.status, 'success')
})

test('a tool’s own failure is an answer, with its text', async () => {
  const { status, json } = await ask('POST', '/mcp/tools/fs_read_text_file', '{"path": "/nope.txt"}')
  assert.equal(status, 200)
  assert.equal(json.status, 'error')
  assert.match(json.result, /nope\.txt/)
})

const BAD: [what: string, method: string, path: string, body: string, status: number][] = [
  ['an unknown tool', 'POST', '/mcp/tools/fs_nope', '{}', 400],
  ['a name that is not well encoded', 'POST', '/mcp/tools/%E0%A4%A', '{}', 400],
  ['a path with more', 'POST', '/mcp/tools/fs/read', '{}', 404],
  ['arguments that are no object', 'POST', '/mcp/tools/fs_read_text_file', '[1]', 400],
  ['a body that is not JSON', 'POST', '/mcp/tools/fs_read_text_file', '{"path":', 400],
  ['a body without a name', 'POST', '/execute', '{"parameters": {}}', 400],
  ['no body at all', 'POST', '/execute', '', 400],
  [
    'parameters that are no object',
    'POST',
    '/execute',
    '{"name": "fs_read_text_file", "parameters": 1}',
    400,
  ],
  ['another verb for a call', 'PUT', '/execute', '{}', 405],
  ['another verb for a list', 'POST', '/tools', '{}', 405],
  ['17 MiB', 'POST', '/execute', `"${'x'.repeat(17 * 1024 * 1024)}"`, 413],
]
for (const [what, method, path, body, status] of BAD)
  test(`${what} is ${status}, in JSON that says why`, async () => {
    const reply = await ask(method, path, body)
    assert.equal(reply.status, status)
    assert.ok(reply.json.error.message)
  })

test('another content type is 415, no token 401, a foreign Host 403', async () => {
  assert.equal((await ask('POST', '/execute', '{}', { 'content-type': 'text/plain' })).status, 415)
  assert.equal((await ask('GET', '/tools', undefined, { authorization: '' })).status, 401)
  assert.equal((await ask('GET', '/mcp/tools', undefined, { host: 'evil.example' })).status, 403)
})

test('what destroys something is said to need the owner, and is done when it is asked for again', async () => {
  const remove = () => ask('POST', '/mcp/tools/fs_delete_file', '{"path": "/a.txt"}')
  const first = await remove()
  assert.equal(first.json.status, 'error')
  const admin = async (method: string, params: object = {}) =>
    JSON.parse((await a.luca(['call', method, JSON.stringify(params), '--json'])).stdout)
  const [waiting] = (await admin('admin/approval/list')).approvals
  assert.equal(waiting.tool, 'fs_delete_file')
  assert.equal(first.json.ticket, waiting.id)
  assert.match(first.json.result, new RegExp(`luca approve ${waiting.id}`))
  await admin('admin/approval/decide', { id: waiting.id, allow: false })
  const { json } = await remove()
  assert.equal(json.status, 'error')
  assert.match(json.result, /did not allow/)
  await admin('admin/approval/decide', { id: waiting.id, allow: true })
  assert.equal((await remove()).json.status, 'success')
  const again = await a.luca([
    'call',
    'admin/approval/decide',
    JSON.stringify({ id: waiting.id, allow: true }),
  ])
  assert.match(again.stderr, /No call .* is waiting/)
})
