/** Searching files by what they say, as a person and as clients do, with the model that ships. Needs `make build`. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { callTool } from './support/http.ts'
import { CTRL, ESC } from './support/luca-terminal.ts'
import { LUCA, VirtualTerminal } from './support/virtual-terminal.ts'

const NOTES: Readonly<Record<string, string>> = {
  'notes/house.md': `# House

The boiler is serviced each October. The plumber is Mr. Novak.

## Insurance

The policy pays for damage by hail and storm if we report it within a week.
`,
  'notes/kitchen.md': `# Kitchen

Pancakes: flour, milk, two eggs. Fry in butter until golden.

Lentil soup: lentils, carrots, onion and bay leaf, simmered for forty minutes.
`,
  'notes/trips.txt': `The train to Vienna leaves at 7:42 from platform 3.
The hotel is near the opera, and booked under reference QX-88213.
`,
  'notes/garden.md': `# Garden

Tomatoes are sown in March under glass, and planted outside after the last frost in May.
`,
  'notes/.gitignore': 'private/\n',
  'notes/private/diary.md': 'Pancakes again. I am tired of pancakes.\n',
  'Documents/taxes.txt': 'The tax return is due on the 31st of July.\n',
}
const BREAKFAST = ['how', 'to', 'cook', 'breakfast']
const UNTIL_MS = 30_000

let a: Appliance
let state = ''
const hitsOf = (stdout: string): string[] => stdout.match(/^\/\S+:\d+/gm) ?? []
const indexStatus = async () => JSON.parse((await a.luca(['index', 'status', '--json'])).stdout)

before(async () => {
  a = await startAppliance()
  state = a.state
  for (const [path, text] of Object.entries(NOTES)) {
    mkdirSync(join(a.files, path, '..'), { recursive: true })
    writeFileSync(join(a.files, path), text)
  }
})
after(() => a?.stop())

/** luca at a terminal, with words that need no quotes. */
async function seeing(
  args: readonly string[],
  run: (terminal: VirtualTerminal) => Promise<void>,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const terminal = new VirtualTerminal({
    command: LUCA,
    args,
    env: { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: a.socket, LLMBDO_STATE: state, ...env },
  })
  try {
    await run(terminal)
  } finally {
    await terminal.close()
  }
}

describe('with nothing indexed', () => {
  test('a search says how to begin, and begins nothing', async () => {
    const { code, stdout, stderr } = await a.luca(['search', ...BREAKFAST])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /"luca index add \/Documents"/)
    assert.deepEqual((await indexStatus()).folders, [])
    assert.match((await a.luca(['doctor'])).stdout, /search: nothing is indexed/)
    assert.match((await a.luca(['welcome'])).stdout, /Search +Nothing is indexed yet/)
  })

  test('at a terminal it offers to, and a yes is enough to find something', () =>
    seeing(['search', 'when', 'is', 'the', 'tax', 'return', 'due'], async (terminal) => {
      await terminal.shows(/Nothing is indexed yet[\s\S]*Index \/Documents now\? \[y\/N\]/)
      terminal.type('y\r')
      await terminal.shows(/\/Documents\/taxes\.txt:1/, UNTIL_MS)
    }))
})

describe('with a folder of notes', () => {
  before(async () => {
    const { code, stdout, stderr } = await a.luca(['index', 'add', join(a.files, 'notes')])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /can be found by their words/)
    await until('all is found by meaning', async () => (await indexStatus()).withoutMeaning === 0)
  })

  test('a paraphrase without a word of it finds the right note', async () => {
    const { code, stdout } = await a.luca(['search', ...BREAKFAST])
    assert.equal(code, 0)
    assert.match(hitsOf(stdout)[0] ?? '', /^\/notes\/kitchen\.md:\d+$/)
    assert.match(stdout, /found by its meaning/)
  })

  test('an identifier finds the note that has it', async () => {
    assert.match(hitsOf((await a.luca(['search', 'QX-88213'])).stdout)[0] ?? '', /^\/notes\/trips\.txt:/)
  })

  test('so does a client with the address and a token, under both names of the tool', async () => {
    const { stdout } = await a.luca(['token', 'create', 'reader', '--tools', 'fs_search_documents'])
    const token = stdout.trim().split('\n')[0] ?? ''
    for (const [url, name] of [
      [a.url, 'fs_search_documents'],
      [`${a.url}/fs`, 'search_documents'],
    ] as const) {
      const { json } = await callTool(url, token, name, { query: BREAKFAST.join(' ') })
      assert.equal(json.result.structuredContent.hits[0].path, '/notes/kitchen.md')
    }
    const refused = await callTool(a.url, token, 'fs_index_remove', { path: '/notes' })
    assert.ok(refused.json.error, 'a token that may only search chooses no folders')
  })

  test('what nobody wrote about has its exit code', async () => {
    const { code, stdout } = await a.luca(['search', 'zyzzyva-4711'])
    assert.deepEqual([code, stdout], [6, ''])
  })

  test('filters narrow it', async () => {
    assert.equal((await a.luca(['search', 'QX-88213', '--type', 'markdown'])).code, 6)
    assert.equal((await a.luca(['search', 'QX-88213', '--folder', '/Documents'])).code, 6)
    assert.equal((await a.luca(['search', 'QX-88213', '--since', '1d', '--folder', 'notes'])).code, 0)
    const { code, stderr } = await a.luca(['search', 'x', '--since', 'yesterday-ish'])
    assert.equal(code, 1)
    assert.match(stderr, /2026-11-05|date/)
  })

  test('a file that is left out is not found, and its status says why', async () => {
    const { stdout } = await a.luca(['search', 'tired', 'of', 'pancakes'])
    assert.ok(!stdout.includes('diary'))
    const status = await a.luca(['index', 'status', '/notes/private/diary.md'])
    assert.equal(status.code, 6)
    assert.match(status.stdout, /is not found: .*\.gitignore/)
    assert.equal((await a.luca(['index', 'status', 'notes/house.md'])).code, 0)
  })

  test('what changes is found', async () => {
    writeFileSync(join(a.files, 'notes/bees.md'), 'The hive in the orchard has code HV-5521.\n')
    const isFound = async () => (await a.luca(['search', 'HV-5521'])).code === 0
    await until('a new file is found', isFound)
    rmSync(join(a.files, 'notes/bees.md'))
    assert.equal(await isFound(), false)
  })

  test('--open opens it in the editor at its line, without a shell', async () => {
    const seen = join(state, 'seen')
    const editor = join(state, 'nano')
    writeFileSync(editor, `#!/bin/sh\nprintf '%s\\n' "$@" > '${seen}'\n`)
    chmodSync(editor, 0o755)
    await seeing(
      ['search', 'QX-88213', '--open'],
      async (terminal) => {
        await until(`the editor has run: ${terminal.text()}`, () => existsSync(seen))
      },
      { VISUAL: '', EDITOR: `${editor} ;true` },
    )
    const [semicolon, line, file] = readFileSync(seen, 'utf8').split('\n')
    assert.equal(semicolon, ';true')
    assert.match(line ?? '', /^\+\d+$/)
    assert.equal(file, join(a.files, 'notes/trips.txt'))
  })

  test('the Files view finds names and what files say, and opens a passage', () =>
    seeing([], async (terminal) => {
      await terminal.shows(/●/)
      terminal.type(`${ESC}2`)
      await terminal.shows(/▸ notes/)
      terminal.type(`/${BREAKFAST.join(' ')}`)
      await terminal.shows(/0 found by name, \d by what files say[\s\S]*\/notes\/kitchen\.md:\d/)
      terminal.type('\r')
      await terminal.shows(/\/notes\/kitchen\.md[\s\S]*found at line[\s\S]*Pancakes/)
      terminal.type(ESC)
      await terminal.shows(/▾ notes[\s\S]*luca cat \/notes\/kitchen\.md/)
      terminal.type('/kitchen')
      await terminal.shows(/1 found by name/)
      terminal.type(CTRL('c'))
      await terminal.shows(/▾ notes/)
    }))

  test('the Files view has a folder searched no longer, after asking', async () => {
    await seeing([], async (terminal) => {
      await terminal.shows(/●/)
      terminal.type(`${ESC}2`)
      await terminal.shows(/▸ Documents/)
      terminal.type('gj')
      await terminal.shows(/luca ls \/Documents[\s\S]*/)
      terminal.type('i')
      await terminal.shows(/Stop searching \/Documents\?/)
      terminal.type('y')
      await terminal.shows(/\/Documents is not searched any more/)
    })
    assert.deepEqual((await indexStatus()).folders, [{ path: '/notes' }])
  })

  test('completion and the doctor know what is indexed', async () => {
    assert.equal((await a.luca(['completion', 'values', 'indexed', '/n'])).stdout, '/notes\n')
    assert.match((await a.luca(['doctor'])).stdout, /ok +search: \d+ files/)
  })

  test('a folder that is removed is found no longer, and its files stay', async () => {
    assert.equal((await a.luca(['index', 'remove', 'notes'])).code, 0)
    assert.equal((await a.luca(['search', ...BREAKFAST])).code, 1)
    assert.equal(readFileSync(join(a.files, 'notes/kitchen.md'), 'utf8'), NOTES['notes/kitchen.md'])
  })
})
