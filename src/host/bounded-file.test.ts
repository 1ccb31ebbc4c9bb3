import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { mustReadFileSync, readFileBounded, readFileBoundedSync } from './bounded-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'bounded-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)
const MAX = 100

/** Of both ways to read. */
async function outcomes(path: string, nofollow = false): Promise<string[]> {
  const caught = (error: Error) => error.message
  return Promise.all([
    readFileBounded(path, MAX, { nofollow }).then(String, caught),
    (async () => readFileBoundedSync(path, MAX, { nofollow }))().then(String, caught),
  ])
}
async function refused(path: string, why: RegExp, nofollow = false): Promise<void> {
  for (const message of await outcomes(path, nofollow)) {
    assert.match(message, why)
    assert.ok(message.includes(path), message)
  }
}

test('what is no file is refused by its name and kind, and nothing is waited for', async () => {
  execFileSync('mkfifo', [at('pipe')])
  await refused(at('pipe'), /is a pipe \(FIFO\), not a file/)
  mkdirSync(at('folder'))
  await refused(at('folder'), /is a folder, not a file/)
  await refused('/dev/zero', /is a device, not a file/)
  await refused('/dev/null', /is a device, not a file/)
  const server = createServer().listen(at('socket'))
  await new Promise((resolve) => server.once('listening', resolve))
  await refused(at('socket'), /is a socket, not a file/)
  server.close()
})

test('a file above its bound is refused, and one within it is read whole', async () => {
  writeFileSync(at('large'), 'x'.repeat(MAX + 1))
  await refused(at('large'), /is larger than 100 bytes/)
  writeFileSync(at('small'), 'x'.repeat(MAX))
  assert.deepEqual(await outcomes(at('small')), ['x'.repeat(MAX), 'x'.repeat(MAX)])
  assert.deepEqual(await outcomes(at('none')), ['undefined', 'undefined'])
  assert.throws(() => mustReadFileSync(at('none'), MAX), /There is no file/)
})

test('a link is followed, but not where another user could have made it, nor in a circle', async () => {
  writeFileSync(at('target'), 'here')
  symlinkSync('target', at('link'))
  symlinkSync('circle', at('circle'))
  assert.deepEqual(await outcomes(at('link')), ['here', 'here'])
  await refused(at('link'), /is a link/, true)
  await refused(at('circle'), /is a link/)
})

test('a name that would steer a terminal is shown without that', async () => {
  mkdirSync(at('a\u001b[2Jb'))
  for (const message of await outcomes(at('a\u001b[2Jb'))) assert.doesNotMatch(message, /[^\P{Cc}\n]/u)
})

/** Where files are read otherwise, and why that is no matter. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'src/admin/certificates.ts': 'what it made itself a moment ago, in folders of root',
  'src/admin/disks.ts': 'what it left itself, in a folder of root below /run',
  'src/admin/move-data.ts': 'what it left itself, in a folder of root below /run',
  'src/admin/quota.ts': 'the kernel',
  'src/framework/workers/processes.ts': 'the kernel',
  'src/host/memory.ts': 'the kernel',
  'src/host/outward/local-networks.ts': 'the kernel',
  'src/models/folder.ts': 'it looks before that it is a file, and how long',
  'src/search/query/english.ts': 'of this project itself, written when it is built',
  'src/search/index/faiss.ts': 'a segment of its own, whose checksums were compared before',
  'src/search/shipped-model/weights.ts': 'an installed package, when the project is built',
  'src/servers/stdio-adapter/processes.ts': 'the kernel',
  'src/tui/screen/console-font.ts': 'what it had made itself a moment ago',
  'src/tui/screen/job-control.ts': 'the kernel',
  'src/tui/session/served-files.ts': 'what a person edited a moment ago, in a folder of its own',
  'src/up/installed.ts': 'what was installed, after a look that it is a file; the kernel',
}

test('every program of ours reads files by this reader', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const sources = (readdirSync(join(root, 'src'), { recursive: true }) as string[])
    .map((file) => `src/${file}`)
    .filter(
      (file) => /\.ts$/.test(file) && !/\.test\.ts$|\/(testing|fixtures)\/|^src\/servers\/fs\//.test(file),
    )
  const reading = sources.filter((file) => /\breadFile(Sync)?\(/.test(readFileSync(join(root, file), 'utf8')))
  assert.deepEqual(reading.sort(), Object.keys(OTHERWISE).sort())
})
