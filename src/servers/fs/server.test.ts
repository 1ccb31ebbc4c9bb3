import assert from 'node:assert/strict'
import { test } from 'node:test'
import { strToU8, zipSync } from 'fflate'
import { harness } from '../../framework/harness.ts'
import { compileValidators } from '../../framework/testing/compile-validators.ts'
import { describeServer } from '../../protocol/descriptor.ts'
import { META } from '../../protocol/mcp.ts'
import { server } from './server.ts'
import { serve } from './testing/served.ts'

const validators = compileValidators(server)
const W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'

test('the tools have the names of the official filesystem server, and a few more', () => {
  assert.deepEqual(server.tools.map(({ name }) => name).sort(), [
    'create_directory',
    'delete_file',
    'directory_tree',
    'edit_file',
    'find_similar',
    'get_file_info',
    'index_add',
    'index_remove',
    'index_status',
    'list_allowed_directories',
    'list_directory',
    'list_directory_with_sizes',
    'move_file',
    'read_document',
    'read_docx_paragraphs',
    'read_media_file',
    'read_multiple_files',
    'read_text_file',
    'save_file',
    'search_documents',
    'search_files',
    'search_models',
    'update_docx_paragraphs',
    'write_file',
  ])
})

test('a tool’s capability and its annotations say the same of what it needs', () => {
  for (const { name, capability, annotations } of describeServer(server).tools) {
    assert.match(capability, /^fs\.(read|list|write|delete|index)$/)
    assert.equal(annotations?.readOnlyHint, ['fs.read', 'fs.list'].includes(capability), name)
    // It can send texts to a model elsewhere.
    assert.equal(annotations?.openWorldHint, name === 'search_models')
  }
})

test('a client reads and changes a Word document through the server, which workers of its own do', async () => {
  using served = serve({
    'a.docx': zipSync({
      'word/document.xml': strToU8(
        `<w:document xmlns:w="${W}"><w:body><w:p><w:r><w:t>before</w:t></w:r></w:p></w:body></w:document>`,
      ),
    }),
  })
  await using running = await harness(server, validators, { env: { LLMBDO_FS_VIRTUAL_ROOT: served.root } })
  const call = async (name: string, args: object) => {
    const params = { name, arguments: { path: '/a.docx', ...args }, _meta: { [META.agreed]: true } }
    return JSON.stringify(await running.connection.request('tools/call', params))
  }
  assert.match(await call('read_docx_paragraphs', {}), /"before"/)
  await call('update_docx_paragraphs', { updates: [{ index: 0, new_text: 'after' }] })
  assert.match(await call('read_docx_paragraphs', {}), /"after"/)
})

test('a client lists, writes, reads, edits and deletes through the server', async () => {
  using served = serve()
  await using running = await harness(server, validators, { env: { LLMBDO_FS_VIRTUAL_ROOT: served.root } })
  const call = async (name: string, args: object) => {
    // A person has agreed to whatever it destroys.
    const params = { name, arguments: args, _meta: { [META.agreed]: true } }
    const result = await running.connection.request('tools/call', params)
    return result as unknown as {
      content: { text: string }[]
      isError?: boolean
      structuredContent?: { content: unknown }
    }
  }
  assert.equal(
    (await call('write_file', { path: '/a.txt', content: 'hello' })).structuredContent?.content,
    'Successfully wrote to /a.txt',
  )
  assert.equal((await call('list_directory', { path: '/' })).structuredContent?.content, '[FILE] a.txt')
  assert.equal((await call('list_directory_with_sizes', { path: '/', sortBy: 'size' })).isError, undefined)
  assert.match(
    String(
      (await call('edit_file', { path: 'a.txt', edits: [{ oldText: 'hello', newText: 'bye' }] }))
        .structuredContent?.content,
    ),
    /\+bye/,
  )
  assert.equal((await call('read_text_file', { path: 'a.txt' })).content[0]?.text, 'bye')
  assert.ok(Array.isArray((await call('read_media_file', { path: 'a.txt' })).structuredContent?.content))
  assert.equal((await call('delete_file', { path: 'a.txt' })).isError, undefined)
  const missing = await call('read_text_file', { path: 'a.txt' })
  assert.equal(missing.isError, true)
  assert.match(missing.content[0]?.text ?? '', /There is no "a.txt"/)
  const unknown = await call('read_text_file', { path: 'a.txt', encoding: 'latin1' })
  assert.match(unknown.content[0]?.text ?? '', /encoding/)
})

test('without its root the server does not open, and says which variable to set', async () => {
  for (const env of [
    {},
    { LLMBDO_FS_VIRTUAL_ROOT: 'relative' },
    { LLMBDO_FS_VIRTUAL_ROOT: '/none/such' },
  ] as Record<string, string>[])
    await assert.rejects(harness(server, validators, { env }), /LLMBDO_FS_VIRTUAL_ROOT/)
})

test('folders named in LLMBDO_FS_HIDDEN are not served', async () => {
  using served = serve({ 'state/key': 'secret', 'b:c/key': '', 'shown/a': '' })
  const env = {
    LLMBDO_FS_VIRTUAL_ROOT: served.root,
    LLMBDO_FS_HIDDEN: `${served.real('state')}:${served.real('none')}`,
  }
  await using running = await harness(server, validators, { env })
  const result = await running.connection.request('tools/call', {
    name: 'list_directory',
    arguments: { path: '/' },
  })
  assert.deepEqual(result.structuredContent, { content: '[DIR] b:c\n[DIR] shown' })
})
