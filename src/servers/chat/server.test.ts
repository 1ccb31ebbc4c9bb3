import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { ChatPart } from '../../contracts/chat.ts'
import { FakeClock } from '../../framework/testing/fake-clock.ts'
import { until } from '../../framework/testing/until.ts'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import type { ChatRequest } from '../../protocol/define.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { type Conversing, conversing, SlowModel } from './testing/conversing.ts'
import type { ConversationShape } from './tools/shapes.ts'

/** Says the question again. */
const echo = ({ messages }: ChatRequest): string => `You said: ${messages.at(-1)?.content}`
const asked = ({ running }: Conversing): ChatRequest[] =>
  running.gateway.asked
    .filter(({ method }) => method === 'gateway/chat')
    .map(({ params }) => params.request as ChatRequest)

const list = async (chat: Conversing) =>
  (await chat.ask<{ conversations: ConversationShape[] }>('list_conversations')).conversations

describe('a conversation', () => {
  test('begins with a question, has its first words as a title, and goes on with what was said', async () => {
    await using chat = await conversing({ gateway: { chat: echo } })
    const first = await chat.send('What is a very long question that has more words than fit into one title?')
    assert.deepEqual([first.state, first.text.slice(0, 18)], ['whole', 'You said: What is '])
    await chat.send('And then?', { conversation: first.conversation })
    assert.deepEqual(
      asked(chat).map(({ messages }) => messages.map(({ role }) => role).join()),
      ['user', 'user,assistant,user'],
    )
    const [conversation] = await list(chat)
    assert.equal(conversation?.title, 'What is a very long question that has more words than fit…')
    assert.equal(conversation?.messages, 4)
  })

  test('is known by an id that nobody can guess, or by the beginning of it', async () => {
    await using chat = await conversing({ gateway: { chat: echo } })
    const { conversation } = await chat.send('One')
    assert.match(conversation, /^[0-9a-f]{20}$/)
    assert.equal((await chat.read(conversation.slice(0, 8))).conversation.id, conversation)
    for (const id of [conversation.slice(0, 5), `${conversation}0`, '%', '_'.repeat(20), "' OR 1=1 --"])
      await assert.rejects(chat.read(id), /There is no such conversation; list_conversations shows/)
  })

  test('has a model, a level and tools that hold for the questions after', async () => {
    await using chat = await conversing({ gateway: { chat: echo } })
    const { conversation } = await chat.send('One', { model: 'big', level: 2, tools: ['time_now'] })
    await chat.send('Two', { conversation })
    await chat.send('Three', { conversation, tools: [] })
    const [one, two, three] = asked(chat)
    assert.deepEqual([one?.model, one?.complexity, one?.tools], ['big', 2, 'auto'])
    assert.deepEqual(two?.llmbasedos, { steps: true, read: [], shown: [], tools: ['time_now'] })
    assert.deepEqual([three?.tools, three?.llmbasedos, three?.model], ['none', undefined, 'big'])
  })

  test('is renamed, and found by its title and by what was said in it', async () => {
    await using chat = await conversing({ gateway: { chat: echo } })
    const { conversation } = await chat.send('Where is the Éléphant?')
    await chat.send('Something else')
    const find = async (text: string) =>
      (
        await chat.ask<{ hits: { conversation: ConversationShape; text: string }[] }>(
          'search_conversations',
          { text },
        )
      ).hits.map(({ conversation: { id } }) => id)
    assert.deepEqual(await find('elephant'), [conversation])
    assert.deepEqual(await find('zoo'), [])
    await chat.ask('update_conversation', { conversation, title: 'The zoo\u001b[2J' })
    assert.deepEqual(await find('zoo'), [conversation])
    assert.equal((await chat.read(conversation)).conversation.title, 'The zoo')
    for (const odd of ['"', '*', 'NEAR(', '- -', ':']) assert.deepEqual(await find(odd), [], odd)
  })

  test('is read in pages, the last messages first', async () => {
    await using chat = await conversing({ gateway: { chat: echo } })
    const { conversation } = await chat.send('1')
    await chat.send('2', { conversation })
    await chat.send('3', { conversation })
    const last = await chat.read(conversation, { limit: 4 })
    assert.deepEqual(
      last.messages.map(({ text }) => text),
      ['2', 'You said: 2', '3', 'You said: 3'],
    )
    const before = await chat.read(conversation, { before: last.older })
    assert.deepEqual(
      [before.messages.map(({ text }) => text), before.older],
      [['1', 'You said: 1'], undefined],
    )
  })

  test('is forked at a message, and what both share stays when either is deleted', async () => {
    await using chat = await conversing({ gateway: { chat: echo } })
    const { conversation, message } = await chat.send('shared elephant')
    await chat.send('own giraffe', { conversation })
    const fork = await chat.ask<ConversationShape>('fork_conversation', {
      conversation,
      message,
      title: 'Fork',
    })
    await chat.send('forked zebra', { conversation: fork.id })
    const texts = async (id: string) => (await chat.read(id)).messages.map(({ text }) => text)
    assert.deepEqual(await texts(fork.id), [
      'shared elephant',
      'You said: shared elephant',
      'forked zebra',
      'You said: forked zebra',
    ])
    const giraffe = (await chat.read(conversation)).messages[2]?.id
    await assert.rejects(
      chat.ask('fork_conversation', { conversation: fork.id, message: giraffe }),
      /has no message/,
    )
    await chat.ask('delete_conversation', { conversation })
    assert.equal((await texts(fork.id)).length, 4)
    const { hits } = await chat.ask<{ hits: { conversation: ConversationShape }[] }>('search_conversations', {
      text: 'elephant',
    })
    assert.deepEqual(
      hits.map(({ conversation: { id } }) => id),
      [fork.id],
    )
    assert.deepEqual((await list(chat)).length, 1)
  })

  test('that is deleted is in no file any longer, and neither are its words', async () => {
    using folder = temporaryDirectory()
    await using chat = await conversing({ gateway: { chat: echo }, directories: { state: folder.path } })
    const { conversation } = await chat.send(`Xylophonist ${'said so. '.repeat(2000)}`)
    for (let n = 0; n < 5; n++) await chat.send(`Something else, number ${n}`)
    const files = () =>
      readdirSync(folder.path)
        .filter((name) => name.startsWith('chat.db'))
        .map((name) => readFileSync(join(folder.path, name), 'latin1').toLowerCase())
    assert.ok(files().some((text) => text.includes('xylophonist')))
    await chat.ask('delete_conversation', { conversation })
    for (const text of files()) assert.ok(!text.includes('xylophon'))
    await assert.rejects(chat.read(conversation), /no such conversation/)
  })

  test('in which nothing is said for as long as the owner set goes by itself', async () => {
    using folder = temporaryDirectory()
    writeFileSync(join(folder.path, 'chat.yaml'), 'keepDays: 30\n')
    const clock = new FakeClock('2026-01-01T00:00:00Z')
    await using chat = await conversing({
      gateway: { chat: echo },
      clock,
      directories: { configuration: folder.path },
    })
    await chat.send('Old')
    assert.deepEqual(chat.running.gateway.wakeList.entries.get('forget')?.rule, { cron: '23 4 * * *' })
    clock.advance(20 * 86_400_000)
    await chat.send('New')
    clock.advance(20 * 86_400_000)
    await chat.running.wake('forget')
    assert.deepEqual(
      (await list(chat)).map(({ title }) => title),
      ['New'],
    )
  })
})

test('a conversation of another user is none, whatever its id', async () => {
  await using ada = await conversing({ gateway: { chat: echo } })
  await using bob = await conversing({ gateway: { chat: echo } })
  const { conversation } = await ada.send('Mine')
  for (const tool of [
    'get_conversation',
    'join',
    'stop',
    'export_conversation',
    'fork_conversation',
    'delete_conversation',
  ])
    await assert.rejects(bob.ask(tool, { conversation }), /no such conversation/, tool)
  await assert.rejects(bob.send('Yours?', { conversation }), /no such conversation/)
  assert.deepEqual(await list(bob), [])
})

test('a conversation of 100 000 messages is read at its end, goes on, and is told to the model as far as that reads', async () => {
  await using chat = await conversing({ gateway: { chat: echo } })
  const time = '2026-01-01T00:00:00Z'
  const messages = Array.from({ length: 100_000 }, (_, n) => ({
    role: n % 2 === 0 ? 'user' : 'assistant',
    text: `${n}`,
    time,
  }))
  const document = JSON.stringify({ format: 'llmbasedos conversation', version: 1, title: 'Long', messages })
  const { conversation } = await chat.ask<{ conversation: ConversationShape }>('import_conversation', {
    document,
  })
  const { messages: last } = await chat.read(conversation.id, { limit: 2 })
  assert.deepEqual(
    last.map(({ text }) => text),
    ['99998', '99999'],
  )
  await chat.send('And now?', { conversation: conversation.id })
  const told = asked(chat)[0]?.messages ?? []
  assert.ok(told.length <= 200 && told[0]?.role === 'user', String(told.length))
  assert.equal((await list(chat))[0]?.messages, 100_002)
})

describe('an answer', () => {
  test('is told as it comes: text, and what the model calls', async () => {
    const steps = [
      { kind: 'shown', tools: ['fs_read_text_file'], of: 30 },
      { kind: 'call', id: 'a', name: 'fs_read_text_file', arguments: '{"path":"/a"}' },
      { kind: 'asks', id: 'a' },
      { kind: 'result', id: 'a', isError: false, isCut: true, text: 'what it says', untrusted: 'file' },
      { kind: 'made up' },
    ]
    const loop = () => ({
      ended: 'answered',
      rounds: 2,
      shown: ['fs_read_text_file'],
      of: 30,
      model: 'small',
      read: ['fs_read_text_file'],
      messages: [
        { role: 'assistant', content: null, tool_calls: [{ id: 'a' }] },
        { role: 'tool', tool_call_id: 'a', content: '<marks>what it says</marks>' },
        { role: 'assistant', content: 'It says so.' },
      ],
    })
    await using chat = await conversing({ gateway: { chat: () => 'It says so.', steps, loop } })
    const parts: ChatPart[] = []
    const progress: string[] = []
    const { conversation } = await chat.send(
      'What does it say?',
      {},
      { onPart: (part) => parts.push(part), onProgress: (words) => progress.push(words) },
    )
    assert.deepEqual(
      parts.flatMap((part) => ('step' in part ? part.step.kind : [])),
      ['shown', 'call', 'asks', 'result'],
    )
    assert.equal(parts.map((part) => ('text' in part ? part.text : '')).join(''), 'It says so.')
    assert.deepEqual(progress.slice(0, 2), [
      'Calls fs_read_text_file.',
      'Waits for your consent ("luca approve").',
    ])
    const { messages } = await chat.read(conversation, { results: true })
    assert.deepEqual(messages[1]?.calls, [
      {
        name: 'fs_read_text_file',
        arguments: '{"path":"/a"}',
        at: 0,
        result: 'what it says',
        untrusted: 'file',
      },
    ])
    await chat.send('Go on', { conversation })
    const [, second] = asked(chat)
    assert.deepEqual(
      second?.messages.map(({ role }) => role),
      ['user', 'assistant', 'tool', 'assistant', 'user'],
    )
    assert.deepEqual(second?.llmbasedos, {
      steps: true,
      read: ['fs_read_text_file'],
      shown: ['fs_read_text_file'],
    })
  })

  test('goes on when its client goes, and can be joined from its beginning', async () => {
    const model = new SlowModel()
    await using chat = await conversing({ gateway: { chat: () => model } })
    const gone = new AbortController()
    const first = Promise.withResolvers<void>()
    const sent = chat.send(
      'Hello',
      {},
      { signal: gone.signal, onPart: (part) => 'text' in part && first.resolve() },
    )
    sent.catch(() => {})
    model.say('One. ')
    await first.promise
    gone.abort()
    await assert.rejects(sent)
    const [conversation] = await list(chat)
    assert.ok(conversation)
    const heard: string[] = []
    const joined = chat.ask<{ text: string; state: string }>(
      'join',
      { conversation: conversation.id },
      { onPart: (part) => 'text' in part && heard.push(part.text) },
    )
    await until('what came before is told', () => heard.length > 0)
    model.say('Two.')
    model.end()
    assert.deepEqual([(await joined).text, (await joined).state], ['One. Two.', 'whole'])
    assert.equal(heard.join(''), 'One. Two.')
  })

  test('is kept while it comes', async () => {
    const model = new SlowModel()
    using folder = temporaryDirectory()
    await using chat = await conversing({
      gateway: { chat: () => model },
      directories: { state: folder.path },
    })
    const sent = chat.send('Hello')
    model.say('First part.')
    await until('it is in the file', () =>
      readdirSync(folder.path)
        .filter((name) => name.startsWith('chat.db'))
        .some((name) => readFileSync(join(folder.path, name), 'latin1').includes('First part.')),
    )
    model.end()
    await sent
  })

  test('waits for the one before it in the same conversation, which is told; another conversation does not', async () => {
    const models = [new SlowModel(), new SlowModel(), new SlowModel()]
    let n = 0
    await using chat = await conversing({ gateway: { chat: () => models[n++] ?? 'none' } })
    const first = chat.send('One')
    await until('it is answered', () => n === 1)
    const [conversation] = await list(chat)
    const progress: string[] = []
    const second = chat.send(
      'Two',
      { conversation: conversation?.id },
      { onProgress: (words) => progress.push(words) },
    )
    await until('it is told', () => progress.includes('Waits for the answer before it.'))
    const other = chat.send('Elsewhere')
    await until('the other one is answered', () => n === 2)
    models[1]?.say('There.')
    models[1]?.end()
    assert.equal((await other).text, 'There.')
    models[0]?.say('First.')
    models[0]?.end()
    assert.equal((await first).text, 'First.')
    await until('it is its turn', () => n === 3)
    models[2]?.say('Second.')
    models[2]?.end()
    assert.equal((await second).text, 'Second.')
    assert.deepEqual(
      asked(chat)[2]?.messages.map(({ content }) => content),
      ['One', 'First.', 'Two'],
    )
  })

  test('is stopped with all that wait after it, and what it said stays', async () => {
    const model = new SlowModel()
    await using chat = await conversing({ gateway: { chat: () => model } })
    const heard = Promise.withResolvers<void>()
    const first = chat.send('One', {}, { onPart: (part) => 'text' in part && heard.resolve() })
    model.say('So far.')
    await heard.promise
    const [conversation] = await list(chat)
    assert.ok(conversation)
    const second = chat.send('Two', { conversation: conversation.id })
    await until('both are there', async () => (await list(chat))[0]?.messages === 4)
    assert.deepEqual(await chat.ask('stop', { conversation: conversation.id }), { stopped: 2 })
    assert.deepEqual([(await first).state, (await first).text], ['stopped', 'So far.'])
    assert.equal((await second).state, 'stopped')
    assert.deepEqual(await chat.ask('stop', { conversation: conversation.id }), { stopped: 0 })
    model.end()
  })

  test('that has no model says why, and the question stays', async () => {
    const chatting = () => {
      throw new RpcError('INVALID_PARAMS', 'There is no language model here.')
    }
    await using chat = await conversing({ gateway: { chat: chatting } })
    await assert.rejects(chat.send('Hello'), /The answer broke off\. There is no language model here\./)
    const [conversation] = await list(chat)
    const { messages } = await chat.read(conversation?.id ?? '')
    assert.deepEqual(
      messages.map(({ state, why }) => [state, why]),
      [
        ['whole', undefined],
        ['broken_off', 'There is no language model here.'],
      ],
    )
  })

  test('is not given again where the gateway wakes the server twice', async () => {
    let n = 0
    await using chat = await conversing({ gateway: { chat: () => `${++n}` } })
    const { message } = await chat.send('Hello')
    await chat.running.wake(`answer:${message}`)
    await chat.running.wake('answer:999')
    await chat.running.wake('answer:-1e3')
    assert.equal(n, 1)
  })

  test('that the wake list has lost does not hold up the next one', async () => {
    await using chat = await conversing({ gateway: { chat: echo } })
    const { conversation } = await chat.send('One')
    chat.sleep()
    const gone = new AbortController()
    const lost = chat.send('Two', { conversation }, { signal: gone.signal })
    const { entries } = chat.running.gateway.wakeList
    await until('it is on the list', () => [...entries.keys()].some((key) => key.startsWith('answer:')))
    entries.clear()
    gone.abort()
    await lost.catch(() => {})
    const third = chat.send('Three', { conversation })
    await until('it is on the list', () => entries.size === 1)
    await chat.running.wake([...entries.keys()][0] ?? '')
    assert.equal((await third).state, 'whole')
    const { messages } = await chat.read(conversation)
    assert.deepEqual(
      messages.map(({ state }) => state),
      ['whole', 'whole', 'whole', 'broken_off', 'whole', 'whole'],
    )
  })
})
