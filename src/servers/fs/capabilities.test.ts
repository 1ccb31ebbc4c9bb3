/** What each tool and v1 method may tell, with its capability alone: answers, errors and what else it says. */
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { strToU8, zipSync } from 'fflate'
import { harness } from '../../framework/harness.ts'
import { compileValidators } from '../../framework/testing/compile-validators.ts'
import { META } from '../../protocol/mcp.ts'
import { server } from './server.ts'
import { serve } from './testing/served.ts'

const validators = compileValidators(server)
/** In a file that the caller knows; and a name that it does not, one letter away from `NEAR`. */
const CONTENT = 'the-canary-in-the-content'
const NAME = 'a-canary-in-the-name.txt'
const NEAR = 'a-canary-in-the-nam.txt'
const W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const R = 'http://schemas.openxmlformats.org/package/2006/relationships'
const DOCUMENT = zipSync({
  '_rels/.rels': strToU8(
    `<Relationships xmlns="${R}"><Relationship Id="r1" Type="officeDocument" Target="word/document.xml"/></Relationships>`,
  ),
  'word/document.xml': strToU8(
    `<w:document xmlns:w="${W}"><w:body><w:p><w:r><w:t>${CONTENT}</w:t></w:r></w:p></w:body></w:document>`,
  ),
})

const KNOWN = '/folder/file.txt'
const near = `/folder/${NEAR}`
const within = `/${NEAR}/b`
const edits = (oldText: string) => ({ edits: [{ oldText, newText: 'x' }] })
const updates = [{ index: 0, new_text: 'x' }]
/** Paths of all kinds for what takes one. */
const PATHS = [
  KNOWN,
  near,
  within,
  '/folder',
  '/',
  '/nothing',
  '/link',
  '/folder/a.docx',
  '/broken',
  '',
  '/../..',
]
const each = (...more: object[]) => PATHS.flatMap((path) => more.map((args) => ({ path, ...args })))

const CALLS: Record<string, object[]> = {
  read_text_file: each({}, { head: 1 }, { offset: 0 }),
  read_media_file: each({}),
  read_multiple_files: [{ paths: PATHS.filter(Boolean) }],
  write_file: each({ content: 'x' }),
  save_file: each({ content: 'eA==' }, { content: 'eA==', more: true }, { content: 'eA==', upload: 'x' }),
  edit_file: each(edits('canary'), edits('not there'), { ...edits('canary'), dryRun: true }),
  create_directory: each({}),
  list_directory: each({}, { cursor: 'x' }),
  list_directory_with_sizes: each({}),
  directory_tree: each({}),
  move_file: each({}).flatMap(({ path }) => [
    { source: path, destination: '/folder/new' },
    { source: KNOWN, destination: path },
  ]),
  search_files: each({ pattern: '**' }),
  get_file_info: each({}),
  list_allowed_directories: [{}],
  delete_file: each({}, { recursive: true }),
  read_document: each({}, { as: 'blocks' }, { pages: '1' }),
  read_docx_paragraphs: each({}),
  search_documents: [{ query: 'canary' }, { query: 'canary', folder: near }],
  find_similar: each({}, { startLine: 1 }),
  index_status: [{}, ...each({})],
  index_add: each({}),
  index_remove: each({}),
  search_models: [{}, { action: 'check', name: 'disabled' }],
  update_docx_paragraphs: each({ updates }, { updates: [{ index: 9, new_text: 'x' }] }),
  list: each({}),
  read: each({}, { encoding: 'base64' }),
  write: each({ content: 'x' }, { content: 'x', append: true }, { content: '*', encoding: 'base64' }),
  delete: each({}),
  embed: [{ path: '/folder' }, { path: near }, { path: KNOWN }],
  search: [{ query: 'canary' }, { query: 'canary', scope: near }],
}

const items = [
  ...server.tools.map(({ name, ...tool }) => ({ verb: name, isTool: true, ...tool })),
  ...(server.v1 ?? []).map((method) => ({ isTool: false, ...method })),
]

function content() {
  const served = serve({
    'folder/file.txt': CONTENT,
    [`folder/${NAME}`]: 'x',
    'folder/a.docx': DOCUMENT,
    [NAME]: 'x',
  })
  symlinkSync('/nowhere', served.real('broken'))
  symlinkSync('folder/file.txt', served.real('link'))
  return served
}

for (const { verb, isTool, capability, alsoNeeds } of items)
  test(`${verb} tells nothing that ${[capability, alsoNeeds].filter(Boolean).join(' and ')} does not allow`, async () => {
    const has = new Set([capability, alsoNeeds])
    const calls = CALLS[verb] ?? []
    assert.ok(calls.length > 0, 'a tool that is new here needs its calls')
    let answers = 0
    for (const args of calls)
      for (const agreed of [undefined, true]) {
        using served = content()
        await using running = await harness(server, validators, {
          env: { LLMBDO_FS_VIRTUAL_ROOT: served.root, STATE_DIRECTORY: served.outside },
        })
        const told: unknown[] = []
        const _meta = {
          progressToken: 1,
          [META.logLevel]: 'debug',
          [META.may]: [...has].filter(Boolean),
          ...(agreed ? { [META.agreed]: true } : {}),
        }
        const answer = await running.connection
          .request(
            isTool ? 'tools/call' : `mcp.fs.${verb}`,
            { ...(isTool ? { name: verb } : {}), arguments: args, _meta },
            {
              onNotification: (...given: unknown[]) => void told.push(given),
            },
          )
          .catch((error) => ({ message: error.message, data: error.data }))
        const said = JSON.stringify([answer, told])
        if (!has.has('fs.list')) assert.ok(!said.includes(NAME), `a name in ${JSON.stringify(args)}: ${said}`)
        if (!has.has('fs.read')) {
          const encoded = Buffer.from(CONTENT).toString('base64').slice(0, 20)
          for (const canary of [CONTENT, 'canary-in-the-content', encoded])
            assert.ok(!said.includes(canary), `content in ${JSON.stringify(args)}: ${said}`)
        }
        answers++
      }
    assert.ok(answers > 0)
  })

test('a caller that may list gets the name that was probably meant', async () => {
  using served = content()
  await using running = await harness(server, validators, { env: { LLMBDO_FS_VIRTUAL_ROOT: served.root } })
  const read = (may: string[]) =>
    running.connection.request('tools/call', {
      name: 'read_text_file',
      arguments: { path: near },
      _meta: { [META.may]: may },
    })
  assert.match(JSON.stringify(await read(['fs.read', 'fs.list'])), new RegExp(`Did you mean .*${NAME}`))
  assert.doesNotMatch(JSON.stringify(await read(['fs.read'])), new RegExp(NAME))
})

test('a name in an error has the mark of what others wrote, and the mark tells of no name', async () => {
  using served = content()
  await using running = await harness(server, validators, { env: { LLMBDO_FS_VIRTUAL_ROOT: served.root } })
  for (const [name, args] of Object.entries({
    delete_file: { path: near },
    write_file: { path: within, content: '' },
    move_file: { source: near, destination: '/folder/new' },
  }))
    for (const may of [['fs.list'], []]) {
      const { isError, content, _meta } = (await running.connection.request('tools/call', {
        name,
        arguments: args,
        _meta: { [META.may]: may },
      })) as unknown as { isError: boolean; content: object[]; _meta?: Record<string, unknown> }
      assert.ok(isError, name)
      assert.equal(_meta?.[META.untrusted], 'file', name)
      assert.equal(JSON.stringify(content).includes('Did you mean'), may.length > 0, name)
    }
})

test('a caller who may not read can not find out by writing whether a file holds a text', async () => {
  using served = content()
  await using running = await harness(server, validators, { env: { LLMBDO_FS_VIRTUAL_ROOT: served.root } })
  const asked = async (text: string, may: string[]) => {
    const params = {
      name: 'write_file',
      arguments: { path: KNOWN, content: text },
      _meta: { [META.may]: may },
    }
    return (await running.connection.request('tools/call', params)).resultType
  }
  assert.equal(await asked(CONTENT, ['fs.write']), await asked('another', ['fs.write']))
  assert.notEqual(await asked(CONTENT, ['fs.write', 'fs.read']), await asked('another', ['fs.write']))
})

test('what carries words of files is marked: what they hold, and what they are called', () => {
  for (const { verb, capability, untrusted } of items) {
    const isOurs = ['get_file_info', 'list_allowed_directories'].includes(verb)
    const carries = ['fs.read', 'fs.list'].includes(capability)
      ? !isOurs
      : ['edit_file', 'search_models'].includes(verb)
    assert.equal(untrusted, carries ? 'file' : undefined, verb)
  }
})
