/** Scans on an appliance that was built with OCR: the programs that read them run within the sandbox of the file server. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { System } from './system.ts'

const SCAN = join(import.meta.dirname, '../test/documents/pdf/scan.pdf')

let system: System
const ada = (...command: string[]) => system.run(command, { user: 'ada' })

before(async () => {
  system = await System.boot({ ocr: true })
  await system.out(['luca', 'user', 'add', 'ada'])
  await system.out(
    ['sh', '-c', 'mkdir papers && base64 -d >papers/letter.pdf'.replaceAll('papers', '/home/ada/papers')],
    {
      user: 'ada',
      input: readFileSync(SCAN).toString('base64'),
    },
  )
})
after(() => system?.stop())

test('a scan is read and found, and says that OCR read it', async () => {
  const read = await ada('luca', 'call', 'fs_read_document', '{"path": "/papers/letter.pdf"}')
  assert.equal(read.code, 0, read.stderr)
  assert.match(read.stdout, /OCR/)
  const [word = ''] = /[A-Za-z]{6,}/.exec(read.stdout.replace(/^.*OCR.*$/gm, '')) ?? []
  assert.notEqual(word, '', read.stdout)
  assert.equal((await ada('luca', 'index', 'add', '/home/ada/papers')).code, 0)
  await system.until('the scan is found', async () => {
    const { code, stdout } = await ada('luca', 'search', word)
    return code === 0 && stdout.includes('/papers/letter.pdf')
  })
})
