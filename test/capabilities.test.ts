/** What a token may learn by what it may do, through the real appliance. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { callTool, envelope, post } from './support/http.ts'
import { connectWebSocket } from './support/v1-client.ts'

let a: Appliance
before(async () => {
  a = await startAppliance({ config: 'consent: {ask: false}\n' })
  await writeFile(join(a.files, 'a.txt'), 'hello')
})
after(() => a?.stop())

async function tokenOf(name: string, tier: string): Promise<string> {
  const { stdout, stderr } = await a.luca(['token', 'create', name, '--tier', tier, '--json'])
  assert.equal(stderr, '')
  return JSON.parse(stdout).token
}

test('what a tool tells goes no further than what a token’s tier allows', async () => {
  const tier = (name: string, ...names: string[]) =>
    `${name}: {rate_limit_requests: 0, allowed_capabilities: ["${names.join('", "')}"]}\n`
  await writeFile(
    join(a.state, 'etc/tiers.yaml'),
    tier('WRITER', 'fs.write') + tier('READER', 'fs.read') + tier('EDITOR', 'fs.*'),
  )
  await until('the tiers are known', async () => {
    const { code } = await a.luca(['token', 'create', 'try', '--tier', 'EDITOR', '--json'])
    return code === 0
  })
  await writeFile(join(a.files, 'secret-report.txt'), 'hello')
  const [writer, reader, editor] = [
    await tokenOf('writer', 'WRITER'),
    await tokenOf('reader', 'READER'),
    await tokenOf('editor', 'EDITOR'),
  ]
  const listed = async (token: string) =>
    (await post(a.url, token, 'tools/list')).json.result.tools.map(({ name }: { name: string }) => name)
  const edit = (token: string) =>
    callTool(a.url, token, 'fs_edit_file', {
      path: '/a.txt',
      edits: [{ oldText: 'hello', newText: 'bye' }],
      dryRun: true,
    })
  assert.ok(
    (await listed(writer)).includes('fs_write_file') && !(await listed(writer)).includes('fs_edit_file'),
  )
  const refused = await edit(writer)
  assert.equal(refused.status, 403)
  assert.match(refused.json.error.message, /WRITER does not include "fs\.read"/)
  assert.ok((await listed(editor)).includes('fs_edit_file'))
  const { result } = (await edit(editor)).json
  assert.match(JSON.stringify(result.content), /-hello/)
  assert.equal(result._meta['io.llmbasedos/untrusted'], 'file')

  const read = async (token: string) =>
    JSON.stringify((await callTool(a.url, token, 'fs_read_text_file', { path: '/secret-reprot.txt' })).json)
  assert.match(await read(editor), /Did you mean .*secret-report\.txt/)
  assert.doesNotMatch(await read(reader), /secret-report/)
  // What a client says it may is not believed.
  const claimed = await post(a.url, reader, 'tools/call', {
    name: 'fs_read_text_file',
    arguments: { path: '/secret-reprot.txt' },
    _meta: { ...envelope, 'io.llmbasedos/may': ['fs.list'] },
  })
  assert.doesNotMatch(JSON.stringify(claimed.json), /secret-report/)

  const older = await connectWebSocket(a.origin, { token: writer })
  const { error } = await older.call('mcp.fs.update_docx_paragraphs', ['/a.txt', []])
  assert.equal(error.code, -32002)
  older.close()
})
