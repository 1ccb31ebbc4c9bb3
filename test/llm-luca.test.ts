/** `luca llm`: one question, a pipe, the line mode and its memory, against the real appliance. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { type LocalModel, localModel } from './support/local-model.ts'
import { ANSWER, type Provider, startProvider } from './support/provider.ts'
import { Terminal } from './support/terminal.ts'

let provider: Provider
let local: LocalModel
let a: Appliance
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luca-llm-'))
  provider = await startProvider({
    clerk: [{ calls: [['time_get_current_time', { timezone: 'UTC' }]] }, { text: 'It is late.' }],
    cleaner: [{ calls: [['fs_delete_file', { path: '/old.txt' }]] }, { text: 'So it is.' }],
  })
  local = await localModel()
  a = await startAppliance({
    ...local,
    models: `
providers:
  fixture: {api_base_url: "${provider.url}"}
models:
  sky: {provider: fixture, is_default: true}
  clerk: {provider: fixture}
  cleaner: {provider: fixture}
`,
  })
})
after(async () => {
  await a?.stop()
  await provider?.[Symbol.asyncDispose]()
  await local?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})
const asked = () => provider.asked.at(-1)?.body

test('the answer is printed as it comes, and with --json as one document', async () => {
  assert.deepEqual(await a.luca(['llm', 'What colour?', '--no-tools']), {
    code: 0,
    stdout: `${ANSWER}\n`,
    stderr: '',
  })
  assert.equal(asked().stream, true)
  const { stdout } = await a.luca(['llm', 'What colour?', '{"temperature": 0}', '--json', '--no-tools'])
  assert.equal(JSON.parse(stdout).choices[0].message.content, ANSWER)
  assert.deepEqual([asked().stream, asked().temperature], [undefined, 0])
})

test('what is piped in goes after the question, or is the question', async () => {
  await a.luca(['llm', 'Summarise.', '--no-tools'], 'Milk, bread.\n')
  assert.deepEqual(asked().messages, [{ role: 'user', content: 'Summarise.\n\nMilk, bread.' }])
  await a.luca(['llm', '--no-tools'], 'What colour?\n')
  assert.deepEqual(asked().messages, [{ role: 'user', content: 'What colour?' }])
  const { code, stderr } = await a.luca(['llm'])
  assert.deepEqual([code, /nothing to ask; usage: luca llm/.test(stderr)], [2, true])
})

test('the model may use tools, which are shown as they are called, unless there is a schema or a no', async () => {
  const { code, stdout, stderr } = await a.luca(['llm', 'What time is it?', '--model', 'clerk'])
  assert.deepEqual([code, stdout], [0, 'It is late.\n'], stderr)
  assert.match(stderr, /→ time_get_current_time \{"timezone":"UTC"\}/)
  assert.match(asked().messages.at(-1).content, /UTC/)
  await a.luca(['llm', 'What time is it?', '--no-tools'])
  assert.equal(asked().tools, undefined)
})

test('before a tool destroys something the person at the terminal is asked, and told of what was piped in', async () => {
  const file = join(a.files, 'old.txt')
  await writeFile(file, 'old')
  const asking = a.luca(['llm', 'Do as it says', '--model', 'cleaner'], 'Delete old.txt.')
  const call = await until('a call waits for consent', async () => {
    const { approvals } = JSON.parse((await a.luca(['approve', '--json'])).stdout)
    return approvals[0] as { id: string; warning?: string } | undefined
  })
  assert.match(call.warning ?? '', /piped_text/)
  await a.luca(['approve', '--deny', call.id])
  const { stdout, stderr } = await asking
  assert.equal(stdout, 'So it is.\n')
  assert.match(stderr, /→ fs_delete_file[\s\S]*It would delete "\/old\.txt"\.[\s\S]*luca approve/)
  assert.equal(await readFile(file, 'utf8'), 'old')
})

test('model, system text and schema are the caller’s choice', async () => {
  assert.equal((await a.luca(['llm', 'Hi', '--model', 'tiny'])).stdout, 'I am tiny.\n')
  const schema = join(folder, 'schema.json')
  await writeFile(schema, '{"type": "object", "properties": {"colour": {"type": "string"}}}')
  const { stdout } = await a.luca(['llm', 'Colour?', '--schema', schema, '--system', 'Be brief.'])
  assert.deepEqual(JSON.parse(stdout), { colour: 'blue' })
  assert.deepEqual(asked().messages[0], { role: 'system', content: 'Be brief.' })
  assert.deepEqual(asked().response_format.json_schema.schema.properties, { colour: { type: 'string' } })
  for (const [words, what, exit] of [
    [['--schema', join(folder, 'none.json')], /There is no file ".*none\.json"/, 2],
    [['--schema', import.meta.filename], /is no JSON object/, 1],
    [['--model', 'large'], /There is no model "large"/, 1],
  ] as const) {
    const { code, stderr } = await a.luca(['llm', 'Hi', ...words])
    assert.equal(code, exit)
    assert.match(stderr, what)
  }
  assert.equal((await a.luca(['llm', 'Hi', 'not json'])).code, 2)
})

test('an answer that was cut off says so on stderr', async () => {
  const cut = await a.luca(['llm', 'Hi', '{"max_tokens": 2}', '--model', 'tiny'])
  assert.deepEqual([cut.code, cut.stdout], [0, 'I am\n'])
  assert.match(cut.stderr, /cut off/)
})

test('--list names the models, and where they are', async () => {
  assert.equal(
    (await a.luca(['llm', '--list'])).stdout,
    'MODEL       WHERE\nsky         fixture  default\nclerk       fixture\ncleaner     fixture\n' +
      'tiny        local    default\ntiny-embed  local\n',
  )
  const { stdout } = await a.luca(['llm', '--list', '--json'])
  assert.equal(JSON.parse(stdout).models.length, 5)
})

test('the line mode remembers the conversation until it is asked to forget it', async () => {
  const lines = [
    'llm --no-tools "One?"',
    'llm --no-tools "Two?"',
    'llm --new',
    'llm --no-tools "Three?"',
  ].join('\n')
  const { code, stdout } = await a.luca(['--plain'], `${lines}\n`)
  assert.deepEqual([code, stdout], [0, `${ANSWER}\n`.repeat(3)])
  const [one, two, three] = provider.asked.slice(-3).map(({ body }) => body.messages)
  assert.deepEqual(one, [{ role: 'user', content: 'One?' }])
  assert.deepEqual(two, [...one, { role: 'assistant', content: ANSWER }, { role: 'user', content: 'Two?' }])
  assert.deepEqual(three, [{ role: 'user', content: 'Three?' }])
})

test('Ctrl-C stops the answer and the model; the line mode goes on', async () => {
  const stopped = () => a.log().split('generation stopped').length
  const before = stopped()
  const terminal = new Terminal(['plain', '--socket', a.socket], folder)
  try {
    await terminal.shows(/luca> /)
    terminal.type('llm forever -m tiny\r')
    await terminal.shows(/I am tiny\. on on/)
    terminal.type('\x03')
    await terminal.shows(/luca> /)
    await until('generation stopped', () => stopped() > before)
    terminal.type('llm hello -m tiny\r')
    await terminal.shows(/I am tiny\.\r?\n/)
    terminal.type('exit\r')
    assert.equal(await terminal.ended(), 0)
  } finally {
    terminal.close()
  }
})

test('Ctrl-C ends a single question with the code of an interruption', async () => {
  const terminal = new Terminal(['llm', 'forever', '-m', 'tiny', '--socket', a.socket], folder)
  try {
    await terminal.shows(/I am tiny\. on/)
    terminal.type('\x03')
    assert.equal(await terminal.ended(), 130)
  } finally {
    terminal.close()
  }
})
