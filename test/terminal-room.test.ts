/** The Chat view on a terminal, with the real gateway and servers, and a model that plays scripts. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Appliance, FIXTURE_SERVER, startAppliance, until } from './support/appliance.ts'
import { CTRL, ESC } from './support/luca-terminal.ts'
import { type Provider, startProvider } from './support/provider.ts'
import { VirtualTerminal } from './support/virtual-terminal.ts'

const state = mkdtempSync(join(tmpdir(), 'room-'))
let provider: Provider
let a: Appliance

before(async () => {
  provider = await startProvider({
    clerk: [
      { text: 'I look.', calls: [['fs_read_text_file', { path: '/notes.txt' }]] },
      { text: 'It is serviced in May.' },
    ],
    ...Object.fromEntries(
      ['one', 'two', 'three'].map((name) => [
        `cleaner-${name}`,
        [{ calls: [['fs_delete_file', { path: `/${name}.txt` }]] }, { text: 'That is how it is.' }],
      ]),
    ),
  })
  a = await startAppliance({
    ...FIXTURE_SERVER,
    models: `
providers:
  fixture: {api_base_url: "${provider.url}"}
models:
  sky: {provider: fixture, is_default: true}
  clerk: {provider: fixture}
  cleaner-one: {provider: fixture}
  cleaner-two: {provider: fixture}
  cleaner-three: {provider: fixture}
  half: {provider: fixture, model_name: hanging-half-way}
`,
  })
  writeFileSync(join(a.files, 'notes.txt'), 'The boiler is serviced in May.\n')
})
after(async () => {
  await a?.stop()
  await provider?.[Symbol.asyncDispose]()
  rmSync(state, { recursive: true, force: true })
})

/** A terminal in which a new conversation with a model can begin. */
async function talking(
  model: string | undefined,
  run: (terminal: VirtualTerminal) => Promise<void>,
): Promise<void> {
  const env = { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: a.socket, LLMBDO_STATE: state }
  const terminal = new VirtualTerminal({ columns: 100, rows: 30, env })
  try {
    await terminal.shows([/● connected/, /Ask something/])
    if (model !== undefined) {
      terminal.type(`${ESC}l`)
      await terminal.shows(/Which model\?/)
      terminal.type(`${model}\r`)
      await terminal.shows(new RegExp(`${model} · tools`))
    }
    await run(terminal)
  } finally {
    await terminal.close()
  }
}
const conversations = async (): Promise<{ id: string; title: string; messages: number }[]> =>
  JSON.parse((await a.luca(['chat', 'list', '--json'])).stdout).conversations

test('a question is answered with what tools read, and other clients have the conversation', async () => {
  await talking('clerk', async (terminal) => {
    terminal.type('when is the boiler serviced?\r')
    await terminal.shows([
      /with \d+ of \d+ tools, chosen by the question:/,
      /I look\.\n▸ ✓ fs_read_text_file \{"path":"\/notes\.txt"\}\n+It is serviced in May\./,
    ])
    terminal.type(CTRL('o'))
    await terminal.shows(/▾ ✓ fs_read_text_file[\s\S]*The boiler is serviced in May/)
  })
  const [newest] = await conversations()
  assert.deepEqual([newest?.title, newest?.messages], ['when is the boiler serviced?', 2])
  await a.luca(['chat', '-c', '--model', 'sky', '--no-tools', 'And then?'])
  await talking(undefined, async (terminal) => {
    await terminal.shows(/Enter opens: when is the boiler serviced\? {2}\(4 messages\)/)
    terminal.type('\r')
    await terminal.shows([
      /▸ ✓ fs_read_text_file[\s\S]*› And then\?[\s\S]*The sky is blue\./,
      /sky · tools off/,
    ])
  })
})

for (const [key, name, mark] of [
  ['y', 'one', '✓'],
  ['n', 'two', '✗'],
] as const)
  test(`before something is destroyed the person is asked in the room, and ${key} holds`, async () => {
    const file = join(a.files, `${name}.txt`)
    writeFileSync(file, 'old')
    await talking(`cleaner-${name}`, async (terminal) => {
      terminal.type('clean up\r')
      await terminal.shows([
        new RegExp(`May this be done\\?[\\s\\S]*It would delete "/${name}.txt"`),
        /waiting for your consent/,
      ])
      terminal.type(key)
      await terminal.shows(new RegExp(`${mark} fs_delete_file[\\s\\S]*That is how it is\\.`))
      assert.equal(existsSync(file), key === 'n')
    })
  })

test('what was answered elsewhere is asked no longer', async () => {
  writeFileSync(join(a.files, 'three.txt'), 'old')
  await talking('cleaner-three', async (terminal) => {
    terminal.type('clean up again\r')
    await terminal.shows(/May this be done\?/)
    const { approvals } = JSON.parse((await a.luca(['approve', '--json'])).stdout)
    await a.luca(['approve', '--deny', approvals[0].id])
    await terminal.shows((screen) => /That is how it is\./.test(screen) && !/May this be done/.test(screen))
  })
})

test('a file goes with a question by its path, and one that is not there leaves the question where it was typed', async () => {
  await talking('sky', async (terminal) => {
    terminal.type(`${ESC}t`)
    await terminal.shows(/tools off/)
    terminal.type(`${ESC}a`)
    await terminal.shows(/Which file goes/)
    terminal.type('notes.txt\rwhat is it?\r')
    await terminal.shows([/› what is it\?\n {2}\+ \/notes\.txt/, /The sky is blue\./])
    assert.match(provider.asked.at(-1)?.body.messages[0].content, /<file-[0-9a-f]{12} path="\/notes\.txt">/)
    terminal.type(`${ESC}a`)
    await terminal.shows(/Which file goes/)
    terminal.type('nope.txt\rand this?\r')
    await terminal.shows([/no such file|There is no/i, /› and this\?$/m])
  })
})

test('an answer goes on while luca is away, is joined again and stopped', async () => {
  await talking('half', async (terminal) => {
    terminal.type('go on\r')
    await terminal.shows([/› go on\n[\s\S]*\nThe\b/, /answering/])
  })
  const abandoned = provider.asked.at(-1)?.abandoned
  await talking(undefined, async (terminal) => {
    await terminal.shows(/Enter opens: go on/)
    terminal.type('\r')
    await terminal.shows([/› go on\n[\s\S]*\nThe\b/, /answering/])
    terminal.type(ESC)
    await terminal.shows(/Stopped\./)
  })
  assert.equal(await abandoned, true)
})

test('a prompt of a server is completed, and sent as what it says', async () => {
  await talking('sky', async (terminal) => {
    terminal.type('/fixture_test_prompt_with_arg\t')
    await terminal.shows(/› \/fixture_test_prompt_with_arguments $|› \/fixture_test_prompt_with_arguments\n/m)
    terminal.type('one "and two"\r')
    await terminal.shows([/› Prompt with arguments: arg1='one', arg2='and two'/, /The sky is blue\./])
    terminal.type('/nope\r')
    await terminal.shows(/There is no \/nope/)
  })
  await until('the conversation is kept', async () =>
    (await conversations())[0]?.title.startsWith('Prompt with'),
  )
})
