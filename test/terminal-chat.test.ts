/** The Chat view of the full-screen interface, as a person sees it on a terminal. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { until } from './support/appliance.ts'
import type { ChatGatewayOptions } from './support/chat-gateway.ts'
import { knowsTools } from './support/flows.ts'
import { CTRL, chatting, ESC } from './support/luca-terminal.ts'

test('an answer streams, Esc stops it, and the model learns it', async () => {
  const pieces = Array.from({ length: 2000 }, (_, i) => `word${i} `)
  await chatting({ pieces, perSecond: 100 }, async ({ open, gateway }) => {
    const terminal = await open()
    terminal.type('go\r')
    await terminal.shows(/word20 /)
    terminal.type(ESC)
    await terminal.shows(/Stopped\./)
    await until('the gateway sees it', () => gateway.stopped() === 1)
    terminal.type('more')
    await terminal.shows(/› more/)
  })
})

test('what is typed while an answer comes stands there, whole', async () => {
  const pieces = Array.from({ length: 1000 }, (_, i) => `w${i} `)
  await chatting({ pieces, perSecond: 200 }, async ({ open }) => {
    const terminal = await open()
    terminal.type('go\r')
    await terminal.shows(/w30 /)
    for (const char of 'meanwhile I write') terminal.type(char)
    await terminal.shows(/› meanwhile I write$/m)
  })
})

test('tools are called, folded and opened, and their results go back to the model', async () => {
  const tools = [{ name: 'fs_list_directory', description: 'Lists', inputSchema: { type: 'object' } }]
  const answer: ChatGatewayOptions['answer'] = ({ messages }) =>
    messages.at(-1)?.role === 'tool'
      ? { pieces: [`I saw: ${messages.at(-1)?.content}`] }
      : { pieces: ['Let me look.'], calls: [{ name: 'fs_list_directory', arguments: { path: '/' } }] }
  const call = () => ({ content: [{ type: 'text', text: 'secret.txt' }] })
  await chatting({ answer, tools, call }, async ({ open, gateway }) => {
    const terminal = await open()
    await knowsTools(terminal)
    terminal.type('what is there?\r')
    await terminal.shows([/▸ ✓ fs_list_directory \{"path":"\/"\}/, /I saw: secret\.txt/])
    terminal.type(CTRL('o'))
    await terminal.shows(/▾ ✓ fs_list_directory[\s\S]*\n {4}secret\.txt/)
    assert.equal((gateway.asked[0]?.options.tools as object[] | undefined)?.length, 1)
    terminal.type(`${ESC}t`)
    await terminal.shows(/tools off/)
    terminal.type('again\r')
    await until('it was asked again', () => gateway.asked.length >= 3)
    assert.equal(gateway.asked[2]?.options.tools, undefined)
  })
})

test('what a tool gave is cut until the model has room for an answer, and the view says so', async () => {
  const tools = [{ name: 'fs_list_directory', description: 'Lists', inputSchema: { type: 'object' } }]
  const answer: ChatGatewayOptions['answer'] = ({ messages }) =>
    messages.at(-1)?.role === 'tool'
      ? { pieces: ['It is long.'] }
      : { calls: [{ name: 'fs_list_directory', arguments: { path: '/long.txt' } }] }
  const call = () => ({ content: [{ type: 'text', text: 'x'.repeat(50_000) }] })
  const count: ChatGatewayOptions['count'] = (messages, { tools: told = [] }) => ({
    tokens: JSON.stringify([messages, told]).length,
    context: 4096,
    tools: true,
  })
  await chatting({ answer, tools, call, count }, async ({ open, gateway }) => {
    const terminal = await open()
    await knowsTools(terminal)
    terminal.type('what does it say?\r')
    await terminal.shows([/It is long\./, /results of tools are cut, to fit into what this model can read/])
    const { messages = [] } = gateway.asked[1] ?? {}
    const given = messages.at(-1)?.content ?? ''
    assert.match(given, /^x{1000,}\n\[The rest does not fit/)
    assert.ok(JSON.stringify(messages).length < 4096)
  })
})

test('before a tool that can destroy something the person is asked, and a no is a no', async () => {
  const answer: ChatGatewayOptions['answer'] = ({ messages }) =>
    messages.at(-1)?.role === 'tool'
      ? { pieces: [`So: ${messages.at(-1)?.content}`] }
      : { calls: [{ name: 'fs_delete_file', arguments: { path: '/x' } }] }
  await chatting({ answer, asks: new Set(['fs_delete_file']) }, async ({ open }) => {
    const terminal = await open()
    terminal.type('delete it\r')
    await terminal.shows(/May this be done\?[\s\S]*Run fs_delete_file\?/)
    // Enter, which was perhaps meant for something else, is no yes.
    terminal.type('\r')
    await terminal.shows(/y allows it/)
    terminal.type('n')
    await terminal.shows(/So: The person said no\./)
    terminal.type(`${ESC}r`)
    await terminal.shows(/May this be done\?/)
    terminal.type('y')
    await terminal.shows(/So: done/)
  })
})

describe('a conversation', () => {
  const echo: ChatGatewayOptions = {
    answer: ({ messages, options }) => ({
      pieces: [`${options.model ?? 'default'} heard ${messages.at(-1)?.content}.`],
    }),
  }

  test('can be asked again, edited, begun anew and given another model', async () => {
    await chatting(echo, async ({ open, gateway }) => {
      const terminal = await open()
      terminal.type('first\r')
      await terminal.shows(/default heard first\./)
      terminal.type(`${ESC}r`)
      await until('it was asked again', () => gateway.asked.length === 2)
      await terminal.shows(/default heard first\./)
      terminal.type(`${ESC}e`)
      await terminal.shows(/› first$/m)
      terminal.type(' and more\r')
      await terminal.shows(
        (screen) => /heard first and more\./.test(screen) && screen.match(/heard/g)?.length === 1,
      )
      terminal.type(`${ESC}l`)
      await terminal.shows(/Which model\?/)
      terminal.type('small\r')
      await terminal.shows(/small · tools on/)
      terminal.type('second\r')
      await terminal.shows(/small heard second\./)
      terminal.type(`${ESC}n`)
      await terminal.shows(/Ask something/)
    })
  })

  test('whose window was closed is offered again, with its draft, and goes on', async () => {
    await chatting(echo, async ({ open, gateway, state }) => {
      const first = await open()
      first.type('remember this\r')
      await first.shows(/heard remember this\./)
      first.type('half a thou')
      await first.shows(/› half a thou$/m)
      first.pty.hangUp()
      await first.pty.exited
      assert.equal(readdirSync(join(state, 'conversations')).length, 1)
      const second = await open()
      await second.shows(/Enter opens: remember this {2}\(2 messages\)/)
      second.type('\r')
      await second.shows(/heard remember this\.[\s\S]*› half a thou$/m)
      second.type('ght\r')
      await second.shows(/heard half a thought\./)
      assert.deepEqual(
        gateway.asked.at(-1)?.messages.map(({ content }) => content),
        ['remember this', 'default heard remember this.', 'half a thought'],
      )
    })
  })

  test('that was left is offered at once, and any of those before is gone back to', async () => {
    await chatting(echo, async ({ open }) => {
      const terminal = await open()
      for (const text of ['apples', 'pears']) {
        terminal.type(`${text}\r`)
        await terminal.shows(new RegExp(`heard ${text}\\.`))
        terminal.type(`${ESC}n`)
        await terminal.shows(new RegExp(`Enter opens: ${text} {2}\\(2 messages\\)`))
      }
      terminal.type(`${ESC}g`)
      await terminal.shows(/Open a conversation[\s\S]*pears[\s\S]*apples/)
      terminal.type('app\r')
      await terminal.shows(/heard apples\./)
      terminal.type('again\r')
      await terminal.shows(/heard apples\.[\s\S]*heard again\./)
    })
  })

  test('that was cut off in an answer says so, and can be asked again', async () => {
    await chatting({ pieces: ['a beginning '], hangs: true }, async ({ open }) => {
      const first = await open()
      first.type('tell me\r')
      await first.shows(/a beginning/)
      first.pty.child.kill('SIGHUP')
      first.pty.hangUp()
      await first.pty.exited
      const second = await open()
      await second.shows(/Enter opens/)
      second.type('\r')
      await second.shows(/a beginning[\s\S]*Alt-R asks again/)
    })
  })

  test('loses nothing by Ctrl-C: Up gives what was typed', async () => {
    await chatting(echo, async ({ open }) => {
      const terminal = await open()
      terminal.type('a long thought')
      await terminal.shows(/› a long thought/)
      terminal.type(CTRL('c'))
      await terminal.shows(/Put aside/)
      terminal.type(`${ESC}[A`)
      await terminal.shows(/› a long thought/)
    })
  })

  test('holds out a storm of resizes while an answer comes, with what is typed meanwhile', async () => {
    const pieces = Array.from({ length: 150 }, (_, i) => `piece${i} `)
    await chatting({ pieces: [...pieces, 'the end.'], perSecond: 100 }, async ({ open, gateway }) => {
      const terminal = await open()
      terminal.type('tell me\r')
      await terminal.shows(/piece5 /)
      const typed = 'a thought that is typed in the storm'
      for (const [i, letter] of [...typed].entries()) {
        terminal.resize(60 + ((i * 37) % 140), 20 + ((i * 13) % 40))
        terminal.type(letter)
      }
      terminal.resize(100, 30)
      await terminal.shows(
        (screen) =>
          /^ luca .*connected\n[\s\S]*the end\.[\s\S]*\^Q leave$/.test(screen) &&
          screen.includes(`› ${typed}`),
      )
      assert.equal(terminal.lines().length, 30)
      assert.equal(gateway.asked.length, 1)
    })
  })

  test('outlives a gateway that restarts', async () => {
    await chatting(echo, async ({ open, gateway }) => {
      const terminal = await open()
      terminal.type('before\r')
      await terminal.shows(/heard before\./)
      gateway.drop()
      await terminal.shows(/connected/)
      terminal.type('after\r')
      await terminal.shows(/heard before\.[\s\S]*heard after\./)
    })
  })
})

test('without a model, the sentence that says how to get one is shown', async () => {
  await chatting(
    { error: 'There is no language model yet; "luca model pull" gets one.' },
    async ({ open }) => {
      const terminal = await open()
      terminal.type('hello\r')
      await terminal.shows(/no language model yet; "luca model pull"/)
    },
  )
})
