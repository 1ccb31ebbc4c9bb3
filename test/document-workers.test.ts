/** Documents through the built server: what reads them is killed from outside, and the server goes on. Needs `make build`. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { doublingForms, onePage } from '../src/documents/pdf/testing/hostile.ts'
import { startAppliance, until } from './support/appliance.ts'
import { callTool } from './support/http.ts'
import { childrenOf, commandOf } from './support/processes.ts'

test('a worker that is killed while it reads costs its call alone; its server is the same afterwards, and reads on', async () => {
  await using a = await startAppliance()
  writeFileSync(join(a.files, 'endless.pdf'), doublingForms('Hello', 40))
  writeFileSync(join(a.files, 'good.pdf'), onePage('The kettle.'))
  const read = async (path: string) =>
    (await callTool(a.url, a.token, 'fs_read_document', { path })).json.result
  const server = () => childrenOf(a.process.pid).find((pid) => commandOf(pid).includes('fs.cjs'))
  const reading = read('/endless.pdf')
  await until('a worker reads', () => childrenOf(server()).length > 0)
  const before = server()
  for (const pid of childrenOf(before)) process.kill(pid, 'SIGKILL')
  const { isError, content } = await reading
  assert.equal(isError, true)
  assert.match(
    content[0].text,
    /could not be done, since its worker was ended by SIGKILL; nothing was changed/,
  )
  assert.match((await read('/good.pdf')).content[0].text, /The kettle\./)
  assert.equal(server(), before)
})
