/** The flows of the Chat view at every size that it must be right at, as a person sees it. */
import assert from 'node:assert/strict'
import type { Answer, ChatGatewayOptions } from './support/chat-gateway.ts'
import { atEverySize, type Flow, knowsTools, panel } from './support/flows.ts'
import { CTRL, chatting, ESC } from './support/luca-terminal.ts'

const PAGE_UP = `${ESC}[5~`

const MARKDOWN = [
  '# Title\n\nSome **bold** text, `code` and [a link](https://example.org).\n\n',
  '- one\n- two\n\n1. first\n2. second\n\n> quoted\n\n',
  '```js\nconst x = "y" // note\n```\n\n',
  '| a | b |\n|---|---|\n| 1 | 2 |\n',
].join('')

/** What the model says depends on the first word that it is asked with. */
const WORDS: Readonly<Record<string, (asked: string) => Answer>> = {
  markdown: () => ({ pieces: MARKDOWN.match(/[\s\S]{1,7}/g) ?? [] }),
  look: () => ({
    pieces: ['Let me look.'],
    calls: [{ name: 'fs_list_directory', arguments: { path: '/' } }],
  }),
  destroy: () => ({ calls: [{ name: 'fs_delete_file', arguments: { path: '/x' } }] }),
  forever: () => ({ pieces: ['It begins, '], hangs: true }),
  count: () => ({ pieces: Array.from({ length: 300 }, (_, i) => `number ${i}\n\n`) }),
}
const MODEL: ChatGatewayOptions = {
  answer({ messages, options }) {
    const last = messages.at(-1)
    if (last?.role === 'tool') return { pieces: [`I saw: ${last.content}.`] }
    const asked = last?.content ?? ''
    const say = WORDS[asked.split(' ', 1)[0] as string]
    return say ? say(asked) : { pieces: [`${options.model ?? 'default'} heard ${asked}.`] }
  },
  tools: [{ name: 'fs_list_directory', description: 'Lists', inputSchema: { type: 'object' } }],
  call: () => ({ content: [{ type: 'text', text: 'secret.txt' }] }),
  asks: new Set(['fs_delete_file']),
}

const CHAT: readonly Flow[] = [
  {
    name: 'an answer in Markdown is read',
    async run(terminal) {
      terminal.type('markdown\r')
      const parts = [/• one\n• two/, /1\. first/, /▌ quoted/, /│ const x = "y" \/\/ note/, /1 +│ 2/]
      const screen = await terminal.shows([...parts, /luca chat .*markdown/])
      assert.doesNotMatch(screen, /\*\*|```/)
    },
  },
  {
    name: 'what a tool gave is folded, and opens',
    async run(terminal) {
      terminal.type('look\r')
      await terminal.shows([/▸ ✓ fs_list_directory \{"path":"\/"\}/, /I saw: secret\.txt/])
      terminal.type(CTRL('o'))
      await terminal.shows(/▾ ✓ fs_list_directory[\s\S]*\n {4}secret\.txt/)
    },
  },
  {
    name: 'before something is destroyed the person is asked',
    async run(terminal) {
      terminal.type('destroy\r')
      await panel(terminal, /May this be done\?[\s\S]*fs_delete_file/)
      terminal.type('n')
      await terminal.shows(/I saw: The person said no\./)
    },
  },
  {
    name: 'an answer is stopped, asked again and its question edited',
    async run(terminal) {
      terminal.type('forever\r')
      await terminal.shows(/It begins,[\s\S]*answering/)
      terminal.type(ESC)
      await terminal.shows(/Stopped\./)
      terminal.type(`${ESC}r`)
      await terminal.shows(/It begins,[\s\S]*answering/)
      terminal.type(ESC)
      await terminal.shows(/Stopped\./)
      terminal.type(`${ESC}e`)
      await terminal.shows(/› forever$/m)
      terminal.type(`${CTRL('u')}no more\r`)
      await terminal.shows(/heard no more\./)
    },
  },
  {
    name: 'another model is chosen',
    async run(terminal) {
      terminal.type(`${ESC}l`)
      await panel(terminal, /Which model\?/)
      terminal.type('small\r')
      await terminal.shows(/small · tools on/)
      terminal.type('hello\r')
      await terminal.shows(/small heard hello\./)
    },
  },
  {
    name: 'a file is asked for to go with a message',
    async run(terminal) {
      terminal.type(`${ESC}a`)
      await panel(terminal, /Which file goes with the next message\?/)
      terminal.type(ESC)
      await terminal.shows(/small · tools on/)
    },
  },
  {
    name: 'a long answer is scrolled, and its end is come back to',
    async run(terminal) {
      terminal.type('count\r')
      await terminal.shows(/number 299/)
      terminal.type(PAGE_UP.repeat(3))
      await terminal.shows((screen) => /↓ \d+ more lines/.test(screen) && !/number 299/.test(screen))
      terminal.type(ESC)
      await terminal.shows(/number 299/)
    },
  },
  {
    name: 'a conversation that was left is gone back to',
    async run(terminal) {
      terminal.type(`${ESC}n`)
      await terminal.shows(/Enter opens: markdown/)
      terminal.type(`${ESC}g`)
      await panel(terminal, /Open a conversation[\s\S]*markdown/)
      // Asking again and editing have made others before it.
      terminal.type('\r')
      await terminal.shows(/number 299/)
    },
  },
]

atEverySize(CHAT, (run, size) =>
  chatting(MODEL, async ({ open }) => {
    const terminal = await open(size)
    await knowsTools(terminal)
    await run(terminal)
  }),
)
