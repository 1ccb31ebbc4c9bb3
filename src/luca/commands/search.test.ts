/** `luca search` and `luca index` against a gateway that answers as the file server does. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { describe, test } from 'node:test'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { type FakeGateway, fakeGateway, type Said, session } from '../fixtures/session.ts'

type Params = Record<string, unknown>
type Tools = Record<string, (given: Params) => object>

const HIT = {
  path: '/notes/roof.md',
  uri: 'fs:///notes/roof.md#L12-L14',
  startLine: 12,
  endLine: 14,
  startByte: 300,
  endByte: 420,
  title: 'Hail',
  headings: ['Insurance', 'Hail'],
  snippet: '…damage by hail is paid within a week.',
  matches: [{ start: 11, end: 15 }],
  score: 1,
  foundBy: ['words', 'meaning'],
  words: ['hail'],
  type: 'markdown',
  modified: '2026-11-05T00:00:00.000Z',
  copies: [],
  copyCount: 0,
}
const WHOLE = { isLooking: false, files: 0, passages: 0 }
const STATUS = {
  folders: [{ path: '/notes' }],
  state: 'idle',
  files: 3,
  waiting: 0,
  leftOut: 0,
  passages: 8,
  withoutMeaning: 0,
  model: 'the model that ships',
}
const told = (structuredContent: object) => ({ content: [], structuredContent })
const refused = (text: string) => ({ content: [{ type: 'text', text }], isError: true })

/** Runs luca against a gateway with these tools. */
async function withTools<T>(
  tools: Tools,
  run: (luca: (...words: string[]) => Promise<Said>, gateway: FakeGateway) => Promise<T>,
  options: Parameters<typeof session>[1] = {},
  list: () => object = () => ({
    value: [{ name: 'Documents', path: '/Documents', type: 'directory', size: -1, modified_at: '' }],
  }),
): Promise<T> {
  const gateway = await fakeGateway({
    'tools/call': ({ name, arguments: given }) => {
      const tool = tools[String(name)]
      if (!tool) throw new RpcError('INVALID_PARAMS', `There is no tool "${name}".`)
      return tool(given as Params)
    },
    'mcp.fs.list': list,
  })
  try {
    return await run((...words) => session([...words, '--socket', gateway.socket], options), gateway)
  } finally {
    gateway.close()
  }
}
const asked = (gateway: FakeGateway, name: string) =>
  gateway.received.flatMap(({ params }) => (params?.name === name ? [params.arguments] : []))

describe('luca search', () => {
  const finding = (...hits: object[]): Tools => ({
    fs_search_documents: () => told({ hits, missing: WHOLE }),
    fs_index_status: () => told(STATUS),
  })

  test('shows where a passage stands, the headings above it, its words, and why it was found', () =>
    withTools(finding(HIT), async (luca) => {
      const { code, stdout, stderr } = await luca('search', 'what', 'does', 'the', 'storm', 'cost')
      assert.deepEqual([code, stderr], [0, ''])
      assert.equal(
        stdout,
        '/notes/roof.md:12  Insurance › Hail\n' +
          '  …damage by hail is paid within a week.\n' +
          '  found by the word hail and by its meaning\n\n',
      )
    }))

  test('takes words without quotes as one question, with filters, and folders as ls does', () =>
    withTools(finding(HIT), async (luca, gateway) => {
      await luca('search', 'who', 'pays', '--folder', 'notes/../mail', '--type', 'email', '--since', '30d')
      await luca('search', 'who pays', '--limit', '3', '--type=code', '--type', 'csv')
      await luca('search', 'who pays', '--until', '2026-03', '--language', 'de')
      assert.deepEqual(asked(gateway, 'fs_search_documents'), [
        { query: 'who pays', limit: 10, folder: '/mail', types: ['email'], modifiedFrom: '30d' },
        { query: 'who pays', limit: 3, types: ['code', 'csv'] },
        { query: 'who pays', limit: 10, modifiedTo: '2026-03', language: 'de' },
      ])
    }))

  test('colours what was asked for at a terminal, and lets nothing steer it', () =>
    withTools(
      finding({
        ...HIT,
        path: '/a\u001b[31m\nb',
        snippet: 'a \u001b]0;x\u0007 hail b',
        matches: [{ start: 9, end: 13 }],
      }),
      async (luca) => {
        const { stdout } = await luca('search', 'hail')
        assert.ok(stdout.includes('\u001b[1m\u001b[33mhail\u001b'))
        for (const steering of ['\u001b[31m', '\u001b]', '\u0007']) assert.ok(!stdout.includes(steering))
        assert.match(stdout, /\/a\uFFFD\[31m\uFFFDb:12/)
      },
      { tty: true },
    ))

  test('marks that make no sense are left out, and hits without a place', () =>
    withTools(
      finding(
        { ...HIT, matches: [{ start: 30, end: 99 }, { start: 4, end: 2 }, 7] },
        { ...HIT, path: undefined },
        { path: '/bare' },
      ),
      async (luca) => {
        const { stdout, code } = await luca('search', 'hail')
        assert.equal(code, 0)
        assert.deepEqual(stdout.match(/^\/\S+/gm), ['/notes/roof.md:12', '/bare'])
      },
    ))

  test('says where the same text stands besides', () =>
    withTools(
      finding({ ...HIT, copies: [{ path: '/old.md', startLine: 3, endLine: 5 }], copyCount: 9 }),
      async (luca) => {
        assert.match((await luca('search', 'x')).stdout, /also at \/old\.md:3\n {2}and at 8 more places/)
      },
    ))

  test('says on stderr how much is not found yet, and that there is more', () =>
    withTools(
      {
        fs_search_documents: () =>
          told({
            hits: [HIT],
            more: true,
            nextCursor: 'x',
            missing: { isLooking: true, files: 40, passages: 1 },
          }),
      },
      async (luca) => {
        const { stdout, stderr, code } = await luca('search', 'x')
        assert.equal(code, 0)
        assert.ok(!stdout.includes('yet'))
        assert.match(stderr, /There are more; --limit N/)
        assert.match(stderr, /40 files are still to be read: .* 1 passage is still found by its words/)
      },
    ))

  test('ends with 6 where nothing is found, also as JSON', () =>
    withTools(finding(), async (luca) => {
      const plain = await luca('search', 'x')
      assert.deepEqual([plain.code, plain.stdout, plain.stderr], [6, '', 'Nothing was found.\n'])
      const json = await luca('search', 'x', '--json')
      assert.deepEqual([json.code, JSON.parse(json.stdout)], [6, { hits: [], missing: WHOLE }])
      assert.equal((await luca('search', 'x', '--open')).code, 6)
    }))

  test('gives the whole answer as JSON', () =>
    withTools(finding(HIT), async (luca) => {
      assert.deepEqual(JSON.parse((await luca('search', 'x', '--json')).stdout).hits, [HIT])
    }))

  test('where nothing is indexed it says how to begin, and begins nothing by itself', () =>
    withTools(
      {
        fs_search_documents: () => told({ hits: [], missing: WHOLE }),
        fs_index_status: () => told({ ...STATUS, folders: [] }),
      },
      async (luca, gateway) => {
        const { code, stderr, stdout } = await luca('search', 'x')
        assert.deepEqual([code, stdout], [1, ''])
        assert.match(stderr, /Nothing is indexed yet.*"luca index add \/Documents"/)
        assert.deepEqual(asked(gateway, 'fs_index_add'), [])
      },
    ))

  test('says that a folder is not indexed, where that is why nothing is found', () =>
    withTools(finding(), async (luca) => {
      const { code, stderr } = await luca('search', 'x', '--folder', '/mail')
      assert.deepEqual([code, /"luca index add \/mail"/.test(stderr)], [1, true], stderr)
      for (const folder of ['/', '/notes', '/notes/a'])
        assert.equal((await luca('search', 'x', '--folder', folder)).code, 6, folder)
    }))

  test('a refusal is told in the words of commands', () =>
    withTools(
      { fs_search_documents: () => refused('Nothing to search: call fs_index_add first.') },
      async (luca) => {
        const { code, stderr } = await luca('search', 'x')
        assert.deepEqual([code, stderr], [1, 'luca: Nothing to search: call "luca index add" first.\n'])
      },
    ))

  test('an answer that can’t be understood is a failure', () =>
    withTools({ fs_search_documents: () => told({ found: 3 }) }, async (luca) => {
      const { code, stderr } = await luca('search', 'x')
      assert.deepEqual([code, /can't be understood/.test(stderr)], [1, true])
    }))

  test('refuses what can’t be meant', () =>
    withTools(finding(HIT), async (luca, gateway) => {
      for (const [words, said] of [
        [['search'], /QUESTION is missing; usage: luca search QUESTION…/],
        [['search', 'x', '--limit', '0'], /--limit takes one from 1 to/],
        [['search', 'x', '--limit', 'ten'], /"ten" is no number of hits/],
        [['search', 'x', '--open=0'], /--open takes one from 1 to/],
        [['search', 'x', '--open', '2'], /There is no number 2 among 1;/],
        [['search', 'x', '--fodler', 'a'], /did you mean --folder/],
      ] as const) {
        const { code, stderr } = await luca(...words)
        assert.deepEqual([code, said.test(stderr)], [2, true], `${words.join(' ')}: ${stderr}`)
      }
      assert.equal(asked(gateway, 'fs_search_documents').length, 1)
    }))

  test('opens one as cat does where there is no terminal, and asks for as many as that takes', () =>
    withTools(
      {
        fs_search_documents: ({ limit }) =>
          told({
            hits: Array.from({ length: Number(limit) }, (_, i) => ({ ...HIT, path: `/${i + 1}` })),
            missing: WHOLE,
          }),
        fs_read_media_file: ({ path }) => {
          const blob = Buffer.from(`text of ${path}\n`).toString('base64')
          return told({ content: [{ resource: { blob } }] })
        },
      },
      async (luca) => {
        for (const [words, path] of [
          [['--open', 'x'], '/1'],
          [['x', '--open=2'], '/2'],
          [['--open', '12', 'x'], '/12'],
          [['x', '--open', '12'], '/12'],
        ] as const) {
          const { code, stdout } = await luca('search', ...words)
          assert.deepEqual([code, stdout], [0, `text of ${path}\n`])
        }
      },
    ))
})

describe('luca search --open of a file without lines', () => {
  const open = (bytes: string, read: () => object, run: (said: Said) => void, ...words: string[]) =>
    withTools(
      {
        fs_search_documents: () =>
          told({ hits: [{ ...HIT, startLine: 0, endLine: 0, path: '/lease.docx' }], missing: WHOLE }),
        fs_read_media_file: () =>
          told({ content: [{ resource: { blob: Buffer.from(bytes).toString('base64') } }] }),
        fs_read_document: read,
      },
      async (luca, gateway) => {
        run(await luca('search', 'hail', '--open', ...words))
        const [question] = asked(gateway, 'fs_search_documents') as [{ snippetChars: number }]
        assert.equal(question.snippetChars, 2000)
      },
    )
  const lease = { content: 'Damage by hail\u001b[31m.', format: 'docx' }

  test('reads what is no text as a document, and lets nothing in it steer the terminal', () =>
    open(
      'PK\0\0',
      () => told(lease),
      ({ code, stdout, stderr }) =>
        assert.deepEqual([code, stdout, stderr], [0, 'Damage by hail\uFFFD[31m.\n', '']),
    ))

  test('says how to read on where it is longer than one answer', () =>
    open(
      'PK\0\0',
      () => told({ ...lease, nextOffset: 9 }),
      ({ stderr }) =>
        assert.equal(stderr, `It goes on: luca call fs_read_document '{"path":"/lease.docx","offset":9}'\n`),
    ))

  test('gives it as JSON with its path', () =>
    open(
      'PK\0\0',
      () => told(lease),
      ({ stdout }) => assert.deepEqual(JSON.parse(stdout), { path: '/lease.docx', ...lease }),
      '--json',
    ))

  test('shows the passage of what can’t be read, and says why', () =>
    open(
      'PK\0\0',
      () => refused('It is damaged.'),
      ({ code, stdout, stderr }) => {
        assert.deepEqual([code, stdout.trim()], [0, HIT.snippet])
        assert.match(stderr, /It is damaged\. This is what was found in it:/)
      },
    ))

  test('opens a text', () =>
    open(
      'a text\n',
      () => refused('It was asked for.'),
      ({ stdout }) => assert.equal(stdout, 'a text\n'),
    ))
})

describe('luca index', () => {
  test('add waits until all words can be found, and says how far meaning is', () => {
    let looks = 0
    return withTools(
      {
        fs_index_add: ({ path }) => told({ path, isNew: true }),
        fs_index_status: () => told(++looks === 1 ? { ...STATUS, state: 'reading', waiting: 5 } : STATUS),
      },
      async (luca, gateway) => {
        const { code, stdout } = await luca('index', 'add', 'notes')
        assert.deepEqual([code, looks], [0, 2])
        assert.match(
          stdout,
          /3 files in 8 passages can be found by their words\.\nAll are found by their meaning too/,
        )
        assert.deepEqual(asked(gateway, 'fs_index_add'), [{ path: '/notes' }])
      },
    )
  })

  test('add says that a folder of this machine is not served, where that is what is wrong', () =>
    withTools(
      { fs_index_add: ({ path }) => refused(`There is no "${path}".`) },
      async (luca) => {
        const { code, stderr } = await luca('index', 'add', tmpdir())
        assert.deepEqual(
          [code, /is not among the served files; .*"luca up --files"/.test(stderr)],
          [1, true],
          stderr,
        )
        assert.match(
          (await luca('index', 'add', '/nowhere/at/all')).stderr,
          /There is no "\/nowhere\/at\/all"/,
        )
      },
      {},
      () => {
        throw new RpcError('INVALID_PARAMS', 'There is none.')
      },
    ))

  test('add ends where the index pauses, and says why', () =>
    withTools(
      {
        fs_index_add: () => told({ path: '/notes' }),
        fs_index_status: () => told({ ...STATUS, state: 'paused', waiting: 5, problem: 'The disk is full.' }),
      },
      async (luca) => {
        assert.match((await luca('index', 'add', '/notes')).stdout, /It is paused: The disk is full\./)
      },
    ))

  test('add that is interrupted says that it goes on', () =>
    withTools(
      {
        fs_index_add: () => told({ path: '/notes' }),
        fs_index_status: () => {
          setImmediate(() => process.emit('SIGHUP'))
          return told({ ...STATUS, state: 'reading', waiting: 5 })
        },
      },
      async (luca) => {
        const { code, stderr } = await luca('index', 'add', '/notes')
        assert.deepEqual([code, /goes on in the background; "luca index status"/.test(stderr)], [130, true])
      },
    ))

  test('status shows folders, what is wrong with one, and how much can be found', () =>
    withTools(
      {
        fs_index_status: () =>
          told({
            ...STATUS,
            folders: [{ path: '/notes' }, { path: '/gone', problem: 'It is not there.' }],
            withoutMeaning: 2,
            leftOut: 1,
          }),
      },
      async (luca) => {
        const { stdout } = await luca('index', 'status')
        assert.match(stdout, /^\/notes\n\/gone: It is not there\.\n/)
        assert.match(stdout, /6 are found by their meaning so far \(the model that ships\)/)
        assert.match(stdout, /1 file left out; "luca index status PATH" says why/)
      },
    ))

  test('status says which model answers while another one embeds all anew', () =>
    withTools(
      { fs_index_status: () => told({ ...STATUS, model: 'e5', formerModel: 'use-lite', withoutMeaning: 2 }) },
      async (luca) => {
        const { stdout } = await luca('index', 'status')
        assert.match(stdout, /e5 has embedded 6 of them; until it has all, use-lite finds by meaning\./)
      },
    ))

  test('status says what is wrong with files, and how much room the index takes', () =>
    withTools(
      {
        fs_index_status: () =>
          told({
            ...STATUS,
            problems: [{ why: 'It is no text.', files: 4, examples: ['/a', '/b'] }, { files: 1 }],
            bytes: { onDisk: 3 * 1024 * 1024, texts: 2048, vectors: 1024 },
          }),
      },
      async (luca) => {
        const { stdout } = await luca('index', 'status')
        assert.match(stdout, /^4 files: It is no text\. \/a, \/b and 2 more$/m)
        assert.match(
          stdout,
          /^The index takes 3\.0 MiB, of which texts have 2\.0 KiB and vectors 1\.0 KiB\.$/m,
        )
      },
    ))

  test('status without a folder says how to begin', () =>
    withTools({ fs_index_status: () => told({ ...STATUS, folders: [] }) }, async (luca) => {
      assert.match((await luca('index', 'status')).stdout, /Nothing is indexed yet; "luca index add FOLDER"/)
    }))

  test('status of a file says why it is not found, with its own exit code', () => {
    const files: Record<string, object> = {
      '/a.md': { path: '/a.md', state: 'searched', passages: 4 },
      '/c.log': {
        path: '/c.log',
        state: 'searched',
        why: 'Only the first 2 MB and the last 2 MB of its 2 GB are searched.',
        passages: 9,
      },
      '/b.bin': { path: '/b.bin', state: 'left-out', why: 'It is no text.', passages: 0 },
    }
    return withTools(
      { fs_index_status: ({ path }) => told({ file: files[String(path)] ?? {} }) },
      async (luca) => {
        const found = await luca('index', 'status', 'a.md')
        assert.deepEqual([found.code, found.stdout], [0, '/a.md is found: 4 passages.\n'])
        assert.equal(
          (await luca('index', 'status', '/c.log')).stdout,
          '/c.log is found: 9 passages. Only the first 2 MB and the last 2 MB of its 2 GB are searched.\n',
        )
        const left = await luca('index', 'status', '/b.bin')
        assert.deepEqual([left.code, left.stdout], [6, '/b.bin is not found: It is no text.\n'])
      },
    )
  })

  test('remove leaves the files', () =>
    withTools({ fs_index_remove: () => told({ removed: true }) }, async (luca) => {
      const { code, stdout } = await luca('index', 'remove', '/notes')
      assert.deepEqual([code, stdout], [0, '/notes is not searched any more; its files stay.\n'])
    }))
})

describe('luca search models', () => {
  const models = [
    { name: 'use-lite', source: 'shipped', isChosen: true },
    { name: 'mine', source: 'folder', isChosen: false, problem: 'It is gone.' },
    { name: 'disabled', source: 'none', isChosen: false },
  ]
  const checked = { name: 'mine', dimensions: 384, maxTokens: 256, textsPerSecond: 90 }

  test('lists them with the one in use, for people and for programs', async () =>
    await withTools({ fs_search_models: () => told({ models }) }, async (luca) => {
      const { code, stdout } = await luca('search', 'models')
      assert.equal(code, 0)
      assert.match(stdout, /^\* +use-lite +comes with llmbasedos/m)
      assert.match(stdout, /^ +mine +It is gone\.$/m)
      assert.deepEqual(JSON.parse((await luca('search', 'models', '--json')).stdout), { models })
    }))

  test('checks one and chooses one', async () => {
    const asked: Params[] = []
    const fs_search_models = (given: Params) => {
      asked.push(given)
      return told({ models, checked })
    }
    await withTools({ fs_search_models }, async (luca) => {
      const check = await luca('search', 'models', 'check', 'mine')
      assert.match(check.stdout, /^mine works: 384 numbers for a text of up to 256 tokens, about 90/)
      const use = await luca('search', 'models', 'use', 'mine')
      assert.match(use.stdout, /embedded anew in the background/)
    })
    assert.deepEqual(asked, [
      { action: 'check', name: 'mine' },
      { action: 'use', name: 'mine' },
    ])
  })

  test('a model that does not work fails with what is wrong, and odd words are a usage error', async () =>
    await withTools({ fs_search_models: () => refused('It has no tokenizer.json.') }, async (luca) => {
      const { code, stderr } = await luca('search', 'models', 'use', 'mine')
      assert.equal(code, 1)
      assert.match(stderr, /has no tokenizer\.json/)
      for (const words of [['use'], ['drop', 'mine'], ['check']])
        assert.equal((await luca('search', 'models', ...words)).code, 2, words.join(' '))
    }))
})
