/** Bad input to the full-screen interface: from models, tools, servers, files, the keyboard, and terminals that go away. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { CTRL, chatting, ESC, stage } from './support/luca-terminal.ts'

const here = stage()

test('a paste of 10 MB is taken in part, which is said, and typing goes on', async () => {
  await chatting({ pieces: ['I answer.'] }, async ({ open, gateway }) => {
    const terminal = await open()
    terminal.type(`${ESC}[200~${'0123456789abcde\n'.repeat(640 * 1024)}${ESC}[201~`)
    await terminal.shows(/Only the first 1 MiB was pasted/)
    terminal.type('END\r')
    await terminal.shows(/I answer\./)
    const sent = gateway.asked[0]?.messages[0]?.content ?? ''
    assert.ok(sent.length > 1024 * 1024 - 100 && sent.length < 1024 * 1024 + 100, String(sent.length))
    assert.ok(sent.endsWith('END'))
  })
})

test('an answer of 100 000 lines is shown to its end, and can be scrolled', async () => {
  const lines = Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`)
  const pieces = Array.from({ length: 100 }, (_, i) => lines.slice(i * 1000, (i + 1) * 1000).join(''))
  await chatting({ pieces }, async ({ open }) => {
    const terminal = await open()
    terminal.type('much\r')
    await terminal.shows(/line 99999/)
    terminal.type(`${ESC}[5~`)
    await terminal.shows(/more lines/)
    terminal.type(ESC)
    await terminal.shows(/line 99999/)
  })
})

test('wide characters, emoji, marks and right-to-left text leave every line where it belongs', async () => {
  const rows = [
    '漢字かな',
    '👨‍👩‍👧‍👦 family',
    '🇫🇷 flag',
    'e\u0301\u0301\u0301\u0301\u0301 zalgo',
    'שלום עולם',
    '❤️ heart',
    '👍🏽 tone',
  ]
  await chatting(
    { pieces: [`| text | end |\n|---|---|\n${rows.map((one) => `| ${one} | END |`).join('\n')}\n`] },
    async ({ open }) => {
      const terminal = await open({ columns: 80 })
      terminal.type('show\r')
      await terminal.shows(/tone.*END/)
      const ends = terminal.lines().filter((line) => line.endsWith('END'))
      assert.equal(ends.length, rows.length)
      const bars = terminal.columnsOf('│', (line) => line.endsWith('END'))
      assert.equal(new Set(bars).size, 1, String(bars))
    },
  )
})

test('a gateway of another version, which tells nothing of itself, is reported and ends nothing', async () => {
  const file = { name: 'fs_read_text_file', description: 5, inputSchema: 'none' }
  await chatting({ answer: () => ({}), tools: [file, { description: 'nameless' }] }, async ({ open }) => {
    const terminal = await open()
    terminal.type(`${ESC}2`)
    await terminal.shows(/not one that this/)
    terminal.type(`${ESC}3`)
    await terminal.shows(/fs +read_text_file/)
    terminal.type(`${ESC}4`)
    for (let section = 0; section < 6; section++) {
      await terminal.shows(/not one that this|memory +[█░]|root helper|log|reading/)
      terminal.type(`${ESC}[C`)
    }
    terminal.type(`${ESC}5`)
    await terminal.shows(/First steps/)
    terminal.type(`${ESC}1hello\r`)
    await terminal.shows(/› hello/)
  })
})

test('invalid UTF-8 from the keyboard is a mark, not the end', async () => {
  await chatting({ pieces: ['I answer.'] }, async ({ open }) => {
    const terminal = await open()
    terminal.type(Buffer.from([0xff, 0xc3, 0x28, 0x61]))
    await terminal.shows(/› .*\(a/)
    terminal.type('\r')
    await terminal.shows(/I answer\./)
  })
})

describe('a tool whose schema', () => {
  const TYPES = { type: 'object' } as const
  const nested = (depth: number): object =>
    depth === 0 ? { type: 'string' } : { ...TYPES, properties: { [`level${depth}`]: nested(depth - 1) } }
  const deepText = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
  const SCHEMAS: readonly { what: string; schema: object; field: RegExp; declared: RegExp }[] = [
    {
      what: 'is nested 30 levels deep',
      schema: nested(30),
      field: /level30 +›\s+JSON/,
      declared: /▸ level30/,
    },
    {
      what: 'is nested as deeply as a message can be, with choices and defaults that are too',
      schema: {
        ...TYPES,
        properties: {
          deep: { type: 'array', items: nested(55) },
          choice: { enum: [deepText(110)] },
          start: { anyOf: [{ const: deepText(110) }], default: deepText(110) },
        },
      },
      field: /deep +›\s+JSON/,
      declared: /▸ choice/,
    },
    {
      what: 'refers to itself',
      schema: {
        ...TYPES,
        $defs: { node: { ...TYPES, properties: { next: { $ref: '#/$defs/node' } } } },
        properties: { root: { $ref: '#/$defs/node' } },
      },
      field: /root +›\s+JSON/,
      declared: /▸ root/,
    },
    {
      what: 'has 500 properties',
      schema: {
        ...TYPES,
        properties: Object.fromEntries(
          Array.from({ length: 500 }, (_, i) => [
            `property${i}`,
            { type: 'string', description: `The ${i}th.` },
          ]),
        ),
        required: ['property499'],
      },
      field: /property499 \*/,
      declared: /▾ properties: \{property0/,
    },
  ]
  for (const { what, schema, field, declared } of SCHEMAS)
    test(`${what} is shown, filled in and called`, () =>
      chatting(
        {
          answer: () => ({}),
          tools: [{ name: 'fs_odd', description: 'Odd.', inputSchema: schema }],
          call: () => ({ content: [{ type: 'text', text: 'it was called' }] }),
        },
        async ({ open }) => {
          const terminal = await open()
          terminal.type(`${ESC}3`)
          await terminal.shows(/fs_odd/)
          terminal.type('i')
          await terminal.shows(declared)
          // Opens whatever there is, one inside of the other.
          for (let i = 0; i < 40; i++) terminal.type('j\r')
          await terminal.settled()
          terminal.type(ESC)
          await terminal.shows(/All tools/)
          terminal.type('\r')
          await terminal.shows(field)
          // Up from the first field are the button and the last field.
          terminal.type(`${ESC}[A${ESC}[A`)
          await terminal.shows(/call it/)
          terminal.type(CTRL('s'))
          await terminal.shows(/✓ done in[\s\S]*it was called/)
        },
      ))
})

test('JSON that is nested too deeply to be sent is refused where it is typed', () =>
  chatting(
    {
      answer: () => ({}),
      tools: [
        { name: 'fs_odd', description: '', inputSchema: { type: 'object', properties: { value: {} } } },
      ],
    },
    async ({ open }) => {
      const terminal = await open()
      terminal.type(`${ESC}3`)
      await terminal.shows(/odd/)
      terminal.type('\r')
      await terminal.shows(/value +›/)
      terminal.type(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)
      await terminal.shows(/› .*\]/)
      terminal.type(CTRL('s'))
      await terminal.shows(/"value" must be JSON/)
    },
  ))

test('a result that is a tree of 10 000 levels opens level by level', () =>
  chatting(
    {
      answer: () => ({}),
      tools: [{ name: 'fs_deep', description: '', inputSchema: { type: 'object' } }],
      call: () => ({
        content: [{ type: 'text', text: `${'{"in":'.repeat(10_000)}"the bottom"${'}'.repeat(10_000)}` }],
      }),
    },
    async ({ open }) => {
      const terminal = await open()
      terminal.type(`${ESC}3`)
      await terminal.shows(/deep/)
      terminal.type('\r')
      await terminal.shows(/call it/)
      terminal.type('\r')
      await terminal.shows(/✓ done in[\s\S]*▾ \{in\}/)
      for (let i = 0; i < 30; i++) terminal.type('j\r')
      await terminal.shows(/·\d\d· [▸▾] in: \{in\}/)
      terminal.type(ESC)
      await terminal.shows(/call it/)
    },
  ))

test('half of a character in an answer, and bytes of a file that are no text, are marks', () =>
  chatting({ pieces: ['before \ud83d', ' between \udc4d after'] }, async ({ open }) => {
    const terminal = await open()
    terminal.type('go\r')
    await terminal.shows(/before \uFFFD between \uFFFD after/)
  }))

test('a file that is no text is shown as one', async () => {
  const path = join(here.appliance.files, 'bytes.bin')
  writeFileSync(path, Buffer.from([0xff, 0xfe, 0x1b, 0x5b, 0x32, 0x4a, 0x80, 0x00]))
  try {
    await here.seeing(async (terminal) => {
      terminal.type(`${ESC}2`)
      await terminal.shows(/bytes\.bin/)
      terminal.type('/bytes\r')
      await terminal.shows(/1 found/)
      terminal.type('\r')
      await terminal.shows(/^ luca.*[\s\S]*\/bytes\.bin\s[\s\S]*(UTF-8|text|binary)/)
    })
  } finally {
    rmSync(path)
  }
})

describe('a paste of 10 MB is taken in part, and typing goes on', () => {
  const paste = `${ESC}[200~${'0123456789abcde\n'.repeat(640 * 1024)}${ESC}[201~`

  test('in the palette', () =>
    here.seeing(async (terminal) => {
      terminal.type(CTRL('p'))
      await terminal.shows(/Find anything/)
      terminal.type(paste)
      await terminal.shows(/Only the first 4096 characters were taken/)
      terminal.type(`${CTRL('u')}memory`)
      await terminal.shows(/› memory/)
    }))

  test('in a tool’s form, which is then sent as any other', () =>
    here.seeing(async (terminal) => {
      terminal.type(`${ESC}3/write_file\r\r`)
      await terminal.shows(/content \*/)
      terminal.type('/pasted.txt\r')
      terminal.type(paste)
      await terminal.shows(/Only the first 1 MiB was pasted/)
      terminal.type(`END${CTRL('s')}`)
      await terminal.shows(/✓ done/)
      const written = readFileSync(join(here.appliance.files, 'pasted.txt'), 'utf8')
      assert.ok(written.length > 1024 * 1024 - 100, String(written.length))
      assert.match(written.slice(-40), /abcde 0.*END$/)
    }))
})

test('a terminal that disappears in the middle of an answer ends luca, and the answer goes on', () =>
  chatting(
    { pieces: Array.from({ length: 100 }, (_, i) => `word${i} `), perSecond: 50 },
    async ({ open, gateway }) => {
      const terminal = await open()
      terminal.type('tell me\r')
      await terminal.shows(/word20 /)
      terminal.pty.hangUp()
      await terminal.pty.exited
      const second = await open()
      await second.shows(/Enter opens: tell me/)
      second.type('\r')
      await second.shows(/word99/)
      assert.equal(gateway.stopped(), 0)
    },
  ))

test('a question that is too long for the screen says how much of it is not seen', () =>
  chatting(
    {
      answer: () => ({}),
      tools: [{ name: 'fs_shred', description: 'Shreds.', inputSchema: {} }],
      asks: new Set(['fs_shred']),
      question: Array.from({ length: 200 }, (_, i) => `line ${i}`).join('\n'),
    },
    async ({ open }) => {
      const terminal = await open()
      terminal.type(`${ESC}3`)
      await terminal.shows(/shred/)
      terminal.type(`\r${CTRL('s')}`)
      // There is no field to go to.
      const keys = /^ y allow {2}n deny {2}Esc cancel$/m
      const screen = await terminal.shows([/… and \d+ more lines of it/, /y allow it/, keys])
      const seen = screen.match(/line \d+/g)?.length ?? 0
      assert.match(screen, new RegExp(`… and ${200 - seen} more lines of it`))
    },
  ))
