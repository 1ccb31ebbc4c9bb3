/** The shapes and error codes that clients of the older llmbasedos know, literally. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeSearch, IDLE, passage } from '../testing/fake-search.ts'
import { serveSearch } from '../testing/search-served.ts'

/** What an older client gets instead of a result. */
const refused = (call: Promise<unknown>) =>
  call.then(
    (value) => assert.fail(JSON.stringify(value)),
    ({ code, message }) => ({ code, message }),
  )

test('mcp.fs.search gives path, score and preview of each file once, best first, by position and by name', async () => {
  const search = new FakeSearch(
    passage(),
    passage({ content: 'A second passage of the same file.', score: 0.5 }),
    passage({ path: '/b.txt', content: 'Something else.', score: 0.25 }),
  )
  await using client = await serveSearch(search, { 'notes/a': '' })
  const all = [
    {
      path: '/notes/network.md',
      score: 0.61234,
      preview: 'Hold the small button for ten seconds until the light blinks.',
    },
    { path: '/b.txt', score: 0.25, preview: 'Something else.' },
  ]
  assert.deepEqual(await client.v1('search', ['router']), all)
  assert.deepEqual(await client.v1('search', ['router', 1]), all.slice(0, 1))
  assert.deepEqual(await client.v1('search', ['router', 5, '/notes']), all)
  assert.deepEqual(await client.v1('search', { query: 'router', top_k: null, scope: '/notes' }), all)
  assert.equal(search.asked.at(-1)?.options.folder, '/notes')
})

test('mcp.fs.search gives an empty list where nothing answers', async () => {
  await using client = await serveSearch(new FakeSearch())
  assert.deepEqual(await client.v1('search', ['router']), [])
})

test('mcp.fs.search goes on until it has as many files as were asked for', async () => {
  const many = Array.from({ length: 60 }, (_, i) => passage({ path: `/${Math.floor(i / 20)}.md` }))
  await using client = await serveSearch(new FakeSearch(...many))
  const found = (await client.v1('search', ['router', 3])) as { path: string }[]
  assert.deepEqual(
    found.map(({ path }) => path),
    ['/0.md', '/1.md', '/2.md'],
  )
})

test('mcp.fs.search refuses with the codes of fs: what is no value, and a scope that there is not', async () => {
  await using client = await serveSearch(new FakeSearch(passage()))
  for (const params of [
    [],
    [''],
    ['🙂'],
    [5],
    ['a', 0],
    ['a', 'five'],
    ['a', 1.5],
    ['a', 5, '/', 'x'],
    ['a', 5, ''],
  ])
    assert.equal((await refused(client.v1('search', params))).code, -32011, JSON.stringify(params))
  const { code, message } = await refused(client.v1('search', ['a', 5, '/none']))
  assert.equal(code, -32013)
  assert.match(message, /There is no "\/none"/)
})

test('mcp.fs.embed has a folder searched, and tells how many files and embeddings that made', async () => {
  const search = new FakeSearch()
  await using client = await serveSearch(search, { 'docs/a.md': 'x' })
  const done = {
    path_processed: '/docs',
    files_embedded_this_run: 2,
    total_embeddings_in_index: 7,
    status: 'completed',
  }
  for (const params of [['/docs'], ['/docs', true], ['/docs', null], { path: '/docs', recursive: false }])
    assert.deepEqual(await client.v1('embed', params), done)
  search.index = { ...IDLE, state: 'embedding', withoutMeaning: 3 }
  assert.deepEqual(await client.v1('embed', ['/docs']), {
    ...done,
    total_embeddings_in_index: 4,
    status: 'in_progress',
  })
})

test('mcp.fs.embed refuses with the codes of fs: no path, none that is there, and a file that is not searched', async () => {
  await using client = await serveSearch(new FakeSearch(), { 'docs/a.md': 'x' })
  for (const params of [[], [5], ['/docs', 'yes'], ['/docs', true, 1], ['']])
    assert.equal((await refused(client.v1('embed', params))).code, -32011, JSON.stringify(params))
  assert.equal((await refused(client.v1('embed', ['/none']))).code, -32013)
  const { code, message } = await refused(client.v1('embed', ['/docs/a.md']))
  assert.equal(code, -32011)
  assert.match(message, /"\/docs\/a\.md" is not searched\. Give the folder that it is in; fs_index_status/)
})
