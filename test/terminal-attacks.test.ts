/** Texts that steer terminals, from everywhere that texts come from: none of it reaches the person's terminal raw. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { until } from './support/appliance.ts'
import { CTRL, chatting, ESC, stage } from './support/luca-terminal.ts'
import type { VirtualTerminal } from './support/virtual-terminal.ts'

const here = stage()

const ATTACK = `${ESC}]0;owned\x07${ESC}[2J${ESC}[31mred\u009b31m ${ESC}]52;c;AAAA\x07\u202Eevil \x07bell ${ESC}c`
/** What of it must never reach a terminal. */
const SIGNS = [
  `${ESC}]0;`,
  `${ESC}]52`,
  `${ESC}c`,
  `${ESC}[31m`,
  `${ESC}[2J${ESC}[31mred`,
  '\x07bell',
  ...['\u202E', '\u009b'].map((sign) => Buffer.from(sign).toString('latin1')),
]

function isHarmless(terminal: VirtualTerminal): void {
  for (const sign of SIGNS) assert.ok(!terminal.raw.includes(sign), JSON.stringify(sign))
  assert.match(terminal.lines()[0] as string, /^ luca/)
}

/** All that comes from anywhere goes through one place; these are the ways to it. */
describe('what steers terminals reaches none of them', () => {
  test('in an answer, in code of it, and in what a tool was given and gave', () =>
    chatting(
      {
        answer: ({ messages }) =>
          messages.at(-1)?.role === 'tool'
            ? { pieces: [ATTACK, '\n\n```\n', ATTACK, `\n\`\`\`\n| ${ATTACK} |\n|---|\n\nend-of-attack`] }
            : { calls: [{ name: 'fs_read_text_file', arguments: { path: ATTACK } }] },
        call: () => ({ content: [{ type: 'text', text: `${ATTACK}\n${ATTACK}` }] }),
      },
      async ({ open }) => {
        const terminal = await open()
        terminal.type('go\r')
        await terminal.shows(/end-of-attack/)
        terminal.type(CTRL('o'))
        await terminal.shows(/▾ ✓ fs_read_text_file/)
        isHarmless(terminal)
      },
    ))

  test('in a tool’s name, description, schema, question and result', () =>
    chatting(
      {
        answer: () => ({}),
        tools: [
          {
            name: `fs_tree${ATTACK}`,
            description: ATTACK,
            inputSchema: {
              type: 'object',
              properties: { [`field${ATTACK}`]: { enum: [ATTACK], description: ATTACK, default: ATTACK } },
            },
          },
          { name: 'fs_text', description: ATTACK, inputSchema: { type: 'object' } },
        ],
        asks: new Set([`fs_tree${ATTACK}`]),
        call: (name) =>
          name === 'fs_text'
            ? { content: [{ type: 'text', text: `plain ${ATTACK}` }], isError: true }
            : { content: [], structuredContent: { [`key${ATTACK}`]: [ATTACK, { [ATTACK]: ATTACK }] } },
      },
      async ({ open }) => {
        const terminal = await open()
        terminal.type(`${ESC}3`)
        await terminal.shows(/fs +tree[\s\S]*│ field/)
        terminal.type('i')
        await terminal.shows(/▾ inputSchema/)
        terminal.type('GGGkk\r')
        terminal.type(ESC)
        await terminal.shows(/All tools/)
        terminal.type('\r')
        await terminal.shows(/call it/)
        terminal.type(CTRL('s'))
        await terminal.shows(/May this be done\?/)
        terminal.type('y')
        await terminal.shows(/✓ done in[\s\S]*▾ key/)
        terminal.type('jj\r')
        await terminal.settled()
        isHarmless(terminal)
        terminal.type(ESC)
        await terminal.shows(/call it/)
        terminal.type(ESC)
        await terminal.shows(/All tools/)
        terminal.type('j\r')
        await terminal.shows(/fs_text/)
        terminal.type(CTRL('s'))
        await terminal.shows(/✗ failed[\s\S]*plain/)
        isHarmless(terminal)
      },
    ))

  test('in the title and the text of a conversation that was kept, and in an error', () =>
    chatting({ error: `No model: ${ATTACK}` }, async ({ open, state }) => {
      mkdirSync(join(state, 'conversations'), { recursive: true })
      const turns = [
        { by: 'person', text: `title ${ATTACK}`, attachments: [{ path: ATTACK, text: '' }] },
        { by: 'model', text: `kept ${ATTACK}`, uses: [], ended: ATTACK, isWhole: true },
      ]
      writeFileSync(
        join(state, 'conversations/old.json'),
        JSON.stringify({ turns, draft: '', earlier: [ATTACK] }),
      )
      const terminal = await open()
      await terminal.shows(/Enter opens: title/)
      terminal.type('\r')
      await terminal.shows(/kept/)
      terminal.type('hello\r')
      await terminal.shows(/No model:/)
      isHarmless(terminal)
    }))

  test('in what is pasted', () =>
    chatting({ pieces: ['I answer.'] }, async ({ open, gateway }) => {
      const terminal = await open()
      terminal.type(`${ESC}[200~pasted ${ATTACK}${ESC}[201~`)
      await terminal.shows(/› pasted/)
      terminal.type('\r')
      await terminal.shows(/I answer\./)
      isHarmless(terminal)
      assert.doesNotMatch(gateway.asked[0]?.messages[0]?.content ?? '', /[\p{Cc}]/u)
    }))

  test('in names of files, and in what is in them', async () => {
    const evil = () => readdirSync(here.appliance.files).filter((one) => one.startsWith('evil'))
    const name = `evil${ESC}]0;owned\x07${ESC}[2J\u202Etxt.exe\n`
    writeFileSync(join(here.appliance.files, name), `content ${ESC}[31mred${ESC}]52;c;AAAA\x07`)
    try {
      await here.seeing(async (terminal) => {
        terminal.type(`${ESC}2`)
        await terminal.shows(/evil/)
        terminal.type('/evil\r')
        await terminal.shows(/1 found/)
        terminal.type('\r')
        await terminal.shows(/luca cat /)
        terminal.type('c')
        await terminal.shows(/Copy evil/)
        terminal.type(ESC)
        await terminal.shows((screen) => !/Copy evil/.test(screen))
        terminal.type('d')
        await terminal.shows(/is in the trash/)
        terminal.type('u')
        await until('it is back', () => evil().length === 1)
        await terminal.shows(/is back/)
        isHarmless(terminal)
      })
    } finally {
      for (const one of evil()) rmSync(join(here.appliance.files, one))
    }
  })
})
