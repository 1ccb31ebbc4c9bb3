/** Workers of a server within the sandbox of its unit: that they run there, and what their end costs. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { strToU8, zipSync } from 'fflate'
import { System } from './system.ts'

const UNIT = 'mcp-fs@ada.service'
const W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const docx = (body: string) =>
  zipSync({
    'word/document.xml': strToU8(`<w:document xmlns:w="${W}"><w:body>${body}</w:body></w:document>`),
  })

let system: System

before(async () => {
  system = await System.boot()
  await system.out(['luca', 'user', 'add', 'ada'])
  for (const [name, document] of Object.entries({
    small: docx('<w:p><w:r><w:t>from a worker</w:t></w:r></w:p>'),
    hostile: docx(`<w:p>${'<w:t/>'.repeat(3_000_000)}</w:p>`),
  }))
    await system.out(['sh', '-c', `base64 -d >/home/ada/${name}.docx`], {
      user: 'ada',
      input: Buffer.from(document).toString('base64'),
    })
})
after(() => system?.stop())

const read = (name: string) =>
  system.run(['luca', 'call', 'fs_read_docx_paragraphs', JSON.stringify({ path: `/${name}.docx` })], {
    user: 'ada',
  })
/** What the server has started, by their pids. */
async function workers(): Promise<number[]> {
  const { stdout } = await system.run(['pgrep', '--parent', String(await system.programOf(UNIT))])
  return stdout.split('\n').filter(Boolean).map(Number)
}

test('a document is read by a process of its own, which the kernel ends before the server, and which goes when it is not needed', async () => {
  assert.match((await read('small')).stdout, /from a worker/)
  const [worker = 0] = await workers()
  assert.notEqual(worker, 0)
  assert.equal(await system.out(['cat', `/proc/${worker}/oom_score_adj`]), '1000')
  const variables = (await system.out(['cat', `/proc/${worker}/environ`])).split('\0').filter(Boolean)
  assert.deepEqual(
    variables.map((variable) => variable.split('=')[0]).filter((name) => !/^NODE_CHANNEL_/.test(name ?? '')),
    [],
  )
  const server = await system.programOf(UNIT)
  const sockets = await system.out(['sh', '-c', `readlink /proc/${worker}/fd/* | grep -c ^socket:`])
  assert.equal(sockets, '2', 'the channel that its jobs come by, and what it writes as it dies')
  const root = (pid: number) => system.out(['stat', '-Lc', '%d:%i', `/proc/${pid}/root/`])
  assert.equal(await root(worker), await root(server))
  await system.until('the worker has gone', async () => (await workers()).length === 0)
})

test('a document that takes more memory than it may is refused, and the server goes on', async () => {
  await read('small')
  const before = await system.programOf(UNIT)
  const { stdout, stderr } = await read('hostile')
  assert.match(stdout + stderr, /took more than \d+ MB of memory and was stopped; nothing was changed/)
  assert.match((await read('small')).stdout, /from a worker/)
  assert.equal(await system.programOf(UNIT), before)
})

test('a server that is killed takes its workers along', async () => {
  await read('small')
  const server = await system.programOf(UNIT)
  const running = read('hostile')
  const [worker = 0] = await system.until('a worker runs', async () => {
    const pids = await workers()
    return pids.length > 0 ? pids : undefined
  })
  await system.out(['kill', '-KILL', String(server)])
  await running
  await system.until(
    'the worker has ended',
    async () => (await system.run(['test', '-e', `/proc/${worker}`])).code !== 0,
  )
  assert.match((await read('small')).stdout, /from a worker/)
})
