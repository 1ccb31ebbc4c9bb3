/** What becomes of files that were being written when their process ended. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { Connection } from '../../../client/connection.ts'
import { Activator } from '../../../framework/testing/activator.ts'
import { until } from '../../../framework/testing/until.ts'
import { META } from '../../../protocol/mcp.ts'
import { fakeCall, type Served, serve } from '../testing/served.ts'
import { tools } from '../tools/index.ts'
import { list } from '../v1/list.ts'
import { ConfinedFiles } from './confined-files.ts'
import { Root } from './root.ts'
import { Temporaries } from './temporaries.ts'

const LEFT = '.llmbasedos-2f1c1d7e-5a0b-4c8d-9e1f-0123456789ab.tmp'
const LOOK_ALIKES = [
  '.llmbasedos-notes.tmp',
  `${LEFT}.txt`,
  '2f1c1d7e-5a0b-4c8d-9e1f-0123456789ab.tmp',
  '.a.tmp',
]
const leftIn = (folder: string) => readdirSync(folder).filter((name) => /^\.llmbasedos-.*\.tmp$/.test(name))

async function swept(served: Served, journals: string): Promise<unknown[]> {
  const problems: unknown[] = []
  using files = new ConfinedFiles(new Root(served.root), journals)
  await files.sweep((error) => problems.push(error))
  return problems
}

test('what a process that is gone was writing is removed; all else stays, however much it looks like that', async () => {
  using served = serve()
  const journals = join(served.outside, 'writing')
  for (const name of LOOK_ALIKES) served.put(`a/${name}`, 'somebody’s')
  served.put(`a/${LEFT}`, 'somebody’s too: no process noted it')
  const gone = new Temporaries(journals, served.root)
  const alive = new Temporaries(journals, served.root)
  const [left, written] = [gone.begin(['a']), alive.begin(['a'])]
  served.put(`a/${left.name}`, 'half of')
  served.put(`a/${written.name}`, 'half of')
  const folder = gone.begin(['a'])
  served.put(`a/${folder.name}/in/it`, 'half of a tree')
  gone[Symbol.dispose]()
  assert.deepEqual(await swept(served, journals), [])
  assert.deepEqual(readdirSync(served.real('a')).sort(), [...LOOK_ALIKES, LEFT, written.name].sort())
  alive[Symbol.dispose]()
  await swept(served, journals)
  assert.deepEqual(readdirSync(served.real('a')).sort(), [...LOOK_ALIKES, LEFT].sort())
  assert.deepEqual(readdirSync(journals), [])
})

test('a leftover on a disk that is not there, or of another root, is removed once it is', async () => {
  using served = serve()
  const journals = join(served.outside, 'writing')
  const gone = new Temporaries(journals, served.root)
  const { name } = gone.begin(['disk'])
  gone[Symbol.dispose]()
  await swept(served, journals)
  served.put(`disk/${name}`)
  using other = serve({ [`disk/${name}`]: 'not the one that was noted' })
  await swept(other, journals)
  assert.ok(existsSync(other.real(`disk/${name}`)))
  await swept(served, journals)
  assert.ok(!existsSync(served.real(`disk/${name}`)))
})

test('where no journal can be written files are all the same', async () => {
  using served = serve()
  for (const journals of [join(served.outside, 'secret.txt'), '/proc/none']) {
    using files = new ConfinedFiles(new Root(served.root), journals)
    await assert.doesNotReject(files.write('/a.txt', Buffer.from('a'), fakeCall()))
  }
  assert.deepEqual(readdirSync(served.root), ['a.txt'])
})

test('a journal does not grow where writing never pauses, and notes all that is being written', () => {
  using served = serve()
  const temporaries = new Temporaries(served.outside, served.root)
  const first = temporaries.begin(['first'])
  for (let count = 0; count < 10_000; count++) temporaries.begin(['a'])[Symbol.dispose]()
  const journals = readdirSync(served.outside).filter((name) => name.endsWith('.journal'))
  assert.equal(journals.length, 1)
  const text = readFileSync(join(served.outside, journals[0] ?? ''), 'utf8')
  assert.ok(text.length < 300_000 && text.includes(first.name))
  temporaries[Symbol.dispose]()
})

test('what is being written is neither listed nor reached by any tool, and goes with its folder', async () => {
  using served = serve({ [`a/${LEFT}`]: 'half of', 'a/whole.txt': 'whole' })
  const escaped = LEFT.replace('.', '\\x2e')
  for (const [tool, args] of [
    ['list_directory', { path: '/a' }],
    ['list_directory_with_sizes', { path: '/a' }],
    ['directory_tree', { path: '/' }],
    ['search_files', { path: '/', pattern: '**' }],
  ] as const) {
    const said = JSON.stringify(await served.call(tool, args))
    assert.ok(said.includes('whole.txt') && !said.includes('llmbasedos-'), said)
    assert.doesNotMatch(said, /2 files/)
  }
  assert.equal(((await list.handler({ path: '/a' }, fakeCall(), served)) as unknown[]).length, 1)
  for (const name of [LEFT, escaped]) {
    const path = `/a/${name}`
    for (const [tool, args] of [
      ['read_text_file', { path }],
      ['read_media_file', { path }],
      ['read_docx_paragraphs', { path }],
      ['get_file_info', { path }],
      ['write_file', { path, content: 'x' }],
      ['edit_file', { path, edits: [{ oldText: 'half', newText: 'x' }] }],
      ['create_directory', { path: `${path}/b` }],
      ['move_file', { source: path, destination: '/b' }],
      ['move_file', { source: '/a/whole.txt', destination: path }],
      ['delete_file', { path }],
    ] as const)
      await assert.rejects(served.call(tool, args), { name: 'ToolError' }, `${tool} ${name}`)
  }
  assert.equal(readFileSync(served.real(`a/${LEFT}`), 'utf8'), 'half of')
  assert.deepEqual(new Set(tools.map(({ capability }) => capability.split('.')[0])), new Set(['fs']))
  await served.call('delete_file', { path: '/a', recursive: true })
  assert.deepEqual(readdirSync(served.root), [])
})

test('a server that is killed amid writes, again and again, leaves nothing once it runs anew', async () => {
  using served = serve()
  const socket = join(served.outside, 's')
  const env = { LLMBDO_FS_VIRTUAL_ROOT: served.root, CACHE_DIRECTORY: served.outside }
  await using activator = new Activator(socket, env, join(import.meta.dirname, '../main.ts'))
  await activator.ready()
  const contents = ['a', 'b'].map((letter) => letter.repeat(3_000_000))
  const open = () => new Connection(connect(socket), { clientInfo: { name: 'test', version: '1' } })
  const call = (connection: Connection, name: string, args: object) =>
    connection.request('tools/call', { name, arguments: args, _meta: { [META.agreed]: true } })
  /** Writes until the server is gone. */
  const writeOn = async (connection: Connection, path: string) => {
    for (let round = 0; ; round++)
      try {
        await call(connection, 'write_file', { path, content: contents[round % 2] })
      } catch {
        return
      }
  }
  let leftovers = 0
  for (let kills = 0; kills < 12; kills++) {
    const connection = open()
    await call(connection, 'list_directory', { path: '/' })
    assert.deepEqual(leftIn(served.root), [], 'swept at the start')
    for (let file = 0; file < 4; file++) void writeOn(connection, `/${file}`)
    await until('it writes', () => leftIn(served.root).length > 0)
    activator.signal('SIGKILL')
    await until('it is gone', () => activator.ended.length === activator.started.length)
    leftovers += leftIn(served.root).length
    for (const name of readdirSync(served.root).filter((name) => !name.startsWith('.')))
      assert.ok(contents.includes(readFileSync(served.real(name), 'utf8')), 'a file is whole')
  }
  assert.ok(leftovers > 0, 'no kill came amid a write')
  const connection = open()
  await call(connection, 'list_directory', { path: '/' })
  assert.deepEqual(leftIn(served.root), [])
  connection.close()
})
