import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, linkSync, lstatSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { ToolError } from '../../../protocol/define.ts'
import { fakeCall, SECRET, serve } from '../testing/served.ts'
import { list } from '../v1/list.ts'

const OUTSIDE = /outside the folders this server may use \(list_allowed_directories shows them\)/

test('links within the root are followed, relative and absolute, in the middle and at the end', async () => {
  using served = serve({ 'a/b/file.txt': 'found' })
  symlinkSync('a/b', served.real('relative'))
  symlinkSync(served.real('a'), served.real('absolute'))
  symlinkSync('../../a/b/file.txt', served.real('a/b/up'))
  symlinkSync('a/b/..', served.real('dots'))
  for (const path of ['relative/file.txt', 'absolute/b/file.txt', 'a/b/up', 'dots/b/up'])
    assert.equal(await served.text('read_text_file', { path }), 'found', path)
})

test('links that lead out are refused by every tool, without a word on where they lead', async () => {
  using served = serve({ 'file.txt': '' })
  symlinkSync(served.outside, served.real('out'))
  symlinkSync('../outside', served.real('relative'))
  symlinkSync(`${served.outside}/secret.txt`, served.real('secret'))
  symlinkSync('/', served.real('slash'))
  const calls: [string, object][] = [
    ['read_text_file', { path: 'out/secret.txt' }],
    ['read_text_file', { path: 'relative/secret.txt' }],
    ['read_text_file', { path: 'secret' }],
    ['read_media_file', { path: 'secret' }],
    ['get_file_info', { path: 'secret' }],
    ['list_directory', { path: 'out' }],
    ['list_directory', { path: 'slash/etc' }],
    ['list_directory_with_sizes', { path: 'out' }],
    ['directory_tree', { path: 'out' }],
    ['search_files', { path: 'out', pattern: '**' }],
    ['write_file', { path: 'secret', content: 'x' }],
    ['write_file', { path: 'out/new.txt', content: 'x' }],
    ['edit_file', { path: 'secret', edits: [{ oldText: 'secret', newText: 'x' }] }],
    ['create_directory', { path: 'out/new' }],
    ['move_file', { source: 'out/secret.txt', destination: 'mine' }],
    ['move_file', { source: 'file.txt', destination: 'out/file.txt' }],
    ['delete_file', { path: 'out/secret.txt' }],
  ]
  for (const [tool, args] of calls)
    await assert.rejects(served.call(tool, args), (error) => {
      assert.ok(error instanceof ToolError, `${tool} ${JSON.stringify(args)}: ${error}`)
      assert.match(error.message, OUTSIDE)
      assert.ok(!error.message.includes(served.outside))
      return true
    })
  assert.equal(readFileSync(`${served.outside}/secret.txt`, 'utf8'), SECRET)
  assert.ok(!existsSync(`${served.outside}/new.txt`) && !existsSync(`${served.outside}/new`))
})

test('a listing tells what links lead to, and which are broken', async () => {
  using served = serve({ 'file.txt': '', 'folder/inner.txt': '' }, ['hidden'])
  served.put('hidden/secret.txt')
  execFileSync('mkfifo', [served.real('pipe')])
  const links = {
    toFile: 'file.txt',
    toFolder: 'folder',
    toLink: 'toFolder/inner.txt',
    toPipe: 'pipe',
    gone: 'no/such/file',
    around: 'around',
    through: 'file.txt/x',
    out: served.outside,
    toHidden: 'hidden/secret.txt',
  }
  for (const [name, target] of Object.entries(links)) symlinkSync(target, served.real(name))
  const entries = (await list.handler({ path: '/' }, fakeCall(), served)) as Record<string, string>[]
  const found = Object.fromEntries(entries.map(({ name, type, leads_to }) => [name, leads_to ?? type]))
  assert.deepEqual(found, {
    'file.txt': 'file',
    folder: 'directory',
    pipe: 'other',
    toFile: 'file',
    toFolder: 'directory',
    toLink: 'file',
    toPipe: 'other',
    gone: 'nothing',
    around: 'nothing',
    through: 'nothing',
    out: 'outside',
    toHidden: 'nothing',
  })
})

test('links in a circle are refused', async () => {
  using served = serve()
  symlinkSync('b', served.real('a'))
  symlinkSync('a', served.real('b'))
  await assert.rejects(served.text('read_text_file', { path: 'a' }), /40 symbolic links/)
})

test('writing through a link writes its target and keeps the link', async () => {
  using served = serve({ 'real.txt': 'old' })
  symlinkSync('real.txt', served.real('link'))
  await served.call('write_file', { path: 'link', content: 'new' })
  assert.equal(readFileSync(served.real('real.txt'), 'utf8'), 'new')
  assert.equal(readlinkSync(served.real('link')), 'real.txt')
})

test('a link to a file that does not exist yet is written through', async () => {
  using served = serve()
  symlinkSync('later.txt', served.real('link'))
  await served.call('write_file', { path: 'link', content: 'now' })
  assert.equal(readFileSync(served.real('later.txt'), 'utf8'), 'now')
  assert.ok(lstatSync(served.real('link')).isSymbolicLink())
})

test('deleting a link deletes the link, also one that leads out or to a folder', async () => {
  using served = serve({ 'folder/file.txt': 'kept' })
  symlinkSync('folder', served.real('inner'))
  symlinkSync(served.outside, served.real('outer'))
  await served.call('delete_file', { path: 'inner', recursive: true })
  await served.call('delete_file', { path: 'outer', recursive: true })
  assert.ok(existsSync(served.real('folder/file.txt')) && existsSync(`${served.outside}/secret.txt`))
  assert.ok(!existsSync(served.real('inner')) && !existsSync(served.real('outer')))
})

test('deleting a folder deletes the links in it and not what they lead to', async () => {
  using served = serve({ 'folder/file.txt': '', 'kept/file.txt': '' })
  symlinkSync(served.outside, served.real('folder/out'))
  symlinkSync('../kept', served.real('folder/in'))
  await served.call('delete_file', { path: 'folder', recursive: true })
  assert.ok(!existsSync(served.real('folder')))
  assert.ok(existsSync(`${served.outside}/secret.txt`) && existsSync(served.real('kept/file.txt')))
})

test('moving a link moves the link', async () => {
  using served = serve()
  symlinkSync(served.outside, served.real('link'))
  await served.call('move_file', { source: 'link', destination: 'moved' })
  assert.equal(readlinkSync(served.real('moved')), served.outside)
  assert.ok(existsSync(`${served.outside}/secret.txt`))
})

test('traversals do not follow links', async () => {
  using served = serve({ 'a/file.txt': '' })
  symlinkSync('..', served.real('a/circle'))
  symlinkSync(served.outside, served.real('a/out'))
  const found = await served.text('search_files', { path: '/', pattern: '**' })
  assert.deepEqual(found.split('\n'), ['/a', '/a/circle', '/a/file.txt', '/a/out'])
})

test('replacing a file breaks its hard links, whose content stays', async () => {
  using served = serve({ 'one.txt': 'old' })
  linkSync(served.real('one.txt'), served.real('two.txt'))
  await served.call('write_file', { path: 'one.txt', content: 'new' })
  assert.equal(readFileSync(served.real('two.txt'), 'utf8'), 'old')
})

test('whatever the path, and whatever links are there, the secret is never read', async () => {
  using served = serve({ 'a/b/c.txt': 'fine' })
  symlinkSync('../../outside', served.real('a/out'))
  symlinkSync(served.outside, served.real('a/b/abs'))
  symlinkSync('..', served.real('a/b/up'))
  symlinkSync('../../../../../../..', served.real('top'))
  const part = fc.constantFrom(
    '..',
    '.',
    '',
    '~',
    'a',
    'b',
    'out',
    'abs',
    'up',
    'top',
    'outside',
    'secret.txt',
    'c.txt',
    '\u2025',
    ...served.outside.split('/'),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 10 }),
      fc.constantFrom('', '/', '//', '~/', `${served.root}/`),
      async (parts, start) => {
        try {
          const path = start + parts.join('/')
          assert.notEqual(await served.text('read_text_file', { path }), SECRET)
        } catch (error) {
          if (!(error instanceof ToolError)) throw error
        }
        try {
          for await (const { name } of served.files.entries(start + parts.join('/')))
            assert.notEqual(name, 'secret.txt')
        } catch (error) {
          if (!(error instanceof ToolError)) throw error
        }
      },
    ),
    { numRuns: 1000 },
  )
})

test('an error shows the path as the client gave it', async () => {
  using served = serve()
  const call = served.files.write(`${served.root}/no/file.txt`, Buffer.from(''), fakeCall())
  await assert.rejects(call, (error: Error) => error.message.includes(`"${served.root}/no/file.txt"`))
})

test('a link that goes to and fro is followed no further than a path may be long', async () => {
  using served = serve({ 'a/file.txt': 'x' })
  symlinkSync(`${'a/../'.repeat(600)}a/file.txt`, served.real('link'))
  for (let index = 0; index < 5; index++)
    symlinkSync(
      `${'a/../'.repeat(600)}${index === 0 ? 'link' : `link${index - 1}`}`,
      served.real(`link${index}`),
    )
  assert.equal(await served.text('read_text_file', { path: '/link' }), 'x')
  await assert.rejects(served.text('read_text_file', { path: '/link4' }), /through links that are too long/)
})
