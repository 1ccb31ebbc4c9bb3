/** The Chat view of the full-screen interface, as a person sees it on a terminal. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
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
    assert.equal(gateway.asked[0]?.options.tools, undefined)
    terminal.type(`${ESC}t`)
    await terminal.shows(/tools off/)
    terminal.type('again\r')
    await until('it was asked again', () => gateway.asked.length >= 3)
    assert.deepEqual(gateway.asked[2]?.options.tools, [])
  })
})

test('which tools the model was shown is said, and what was left out to fit', async () => {
  const told: ChatGatewayOptions['told'] = () => [
    { step: { kind: 'shown', tools: ['fs_list_directory'], of: 40 } },
    { step: { kind: 'shortened', results: 1, turns: 2 } },
  ]
  await chatting({ answer: () => ({ pieces: ['It is long.'] }), told }, async ({ open }) => {
    const terminal = await open()
    terminal.type('what does it say?\r')
    await terminal.shows([
      /with 1 of 40 tools, chosen by the question: fs_list_directory/,
      /It is long\./,
      /1 older result is told in one line[\s\S]*2 older messages are left out/,
      /tools 1 of 40/,
    ])
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
    await terminal.shows(/May this be done\?[\s\S]*fs_delete_file \{"path":"\/x"\}/)
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

const draftsIn = (state: string): string =>
  readdirSync(join(state, 'drafts'))
    .map((name) => readFileSync(join(state, 'drafts', name), 'utf8'))
    .join()

describe('a conversation', () => {
  const forever: ChatGatewayOptions['answer'] = ({ messages }) => ({
    pieces: [`of ${messages.at(-1)?.content}`],
    hangs: true,
  })
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
      assert.match(draftsIn(state), /half a thou/)
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

  test('whose answer goes on without luca is joined again, and stopped', async () => {
    const pieces = ['a beginning ', 'and more ']
    await chatting({ pieces, perSecond: 4, hangs: true }, async ({ open, gateway }) => {
      const first = await open()
      first.type('tell me\r')
      await first.shows(/a beginning/)
      first.pty.child.kill('SIGHUP')
      first.pty.hangUp()
      await first.pty.exited
      const second = await open()
      await second.shows(/Enter opens/)
      second.type('\r')
      await second.shows([/› tell me[\s\S]*a beginning and more/, /answering/])
      assert.equal(gateway.stopped(), 0)
      second.type(ESC)
      await second.shows(/Stopped\./)
      assert.equal(gateway.stopped(), 1)
    })
  })

  test('takes a second question while it is answered, which waits and says so', async () => {
    await chatting({ answer: forever }, async ({ open, gateway }) => {
      const terminal = await open()
      terminal.type('one\r')
      await terminal.shows(/of one/)
      terminal.type('two\r')
      await terminal.shows(/of one[\s\S]*› two[\s\S]*It waits until the question before it is answered/)
      assert.equal(gateway.asked.length, 1)
      terminal.type(ESC)
      await terminal.shows(/Stopped\.[\s\S]*› two[\s\S]*Stopped\./)
    })
  })

  test('is seen in two windows, and each goes on with what the other said', async () => {
    await chatting(echo, async ({ open }) => {
      const first = await open()
      first.type('apples\r')
      await first.shows(/heard apples\./)
      const second = await open()
      await second.shows(/Enter opens: apples/)
      second.type('\r')
      await second.shows(/heard apples\./)
      second.type('pears\r')
      await second.shows(/heard pears\./)
      first.type(`${ESC}2`)
      await first.shows(/All tools/)
      first.type(`${ESC}1`)
      await first.shows(/heard apples\.[\s\S]*heard pears\./)
    })
  })

  test('is found by what was said, renamed and deleted', async () => {
    await chatting(echo, async ({ open }) => {
      const terminal = await open()
      for (const text of ['apples', 'pears']) {
        terminal.type(`${text}\r`)
        await terminal.shows(new RegExp(`heard ${text}\\.`))
        terminal.type(`${ESC}n`)
        await terminal.shows(/Ask something/)
      }
      terminal.type(`${ESC}s`)
      await terminal.shows(/Which words were said/)
      terminal.type('apples\r')
      await terminal.shows(/in which it was said[\s\S]*apples/)
      terminal.type('\r')
      await terminal.shows(/heard apples\./)
      terminal.type(`${CTRL('p')}rename the conv`)
      await terminal.shows(/rename the conversation/)
      terminal.type('\r')
      await terminal.shows(/What is the conversation called/)
      terminal.type(`${CTRL('u')}Fruit\r`)
      await terminal.shows(/It is called Fruit\./)
      terminal.type(`${CTRL('p')}delete the conv`)
      await terminal.shows(/delete the conversation/)
      terminal.type('\r')
      await terminal.shows(/Delete this conversation for good\?[\s\S]*Fruit/)
      terminal.type('y')
      await terminal.shows(/Enter opens: pears/)
    })
  })

  test('that an earlier version kept in a file is taken over once, with its draft', async () => {
    await chatting(echo, async ({ open, state }) => {
      const folder = join(state, 'conversations')
      mkdirSync(folder, { recursive: true })
      const turns = [{ by: 'person', text: 'an old question' }]
      writeFileSync(join(folder, 'old.json'), JSON.stringify({ turns, draft: 'unsent' }))
      writeFileSync(join(folder, 'broken.json'), '{')
      const terminal = await open()
      await terminal.shows(/1 earlier conversation was taken over[\s\S]*|Enter opens: an old question/)
      await terminal.shows(/Enter opens: an old question/)
      terminal.type('\r')
      await terminal.shows(/› an old question[\s\S]*› unsent$/m)
      assert.deepEqual(
        [readdirSync(folder), readdirSync(join(state, 'conversations-imported'))],
        [['broken.json'], ['old.json']],
      )
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

  test('whose gateway goes away in an answer is read on once it is back', async () => {
    const pieces = Array.from({ length: 40 }, (_, i) => `piece${i} `)
    await chatting({ pieces, perSecond: 20 }, async ({ open, gateway }) => {
      const terminal = await open()
      terminal.type('tell me\r')
      await terminal.shows(/piece5 /)
      gateway.drop()
      await terminal.shows([/› tell me[\s\S]*piece0 [\s\S]*piece39/, /connected/])
      assert.doesNotMatch(terminal.text(), /may go on/)
      assert.equal(gateway.stopped(), 0)
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
