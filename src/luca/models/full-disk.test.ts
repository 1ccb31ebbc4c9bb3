/** Pulls onto a disk that becomes full: a small tmpfs, which only the process under test sees. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fileServer } from './testing/file-server.ts'
import { places } from './testing/place.ts'

const made = places()
const { base, source, file } = made
after(() => made[Symbol.dispose]())

const LUCA = fileURLToPath(new URL('../main.ts', import.meta.url))

/** Runs commands of luca on a disk of that size, and tells what is on it afterwards. */
async function onDisk(size: string, ...commands: string[][]) {
  const folder = join(base, `disk-${size}`)
  mkdirSync(folder)
  const luca = (words: string[]) =>
    [process.execPath, '--disable-warning=ExperimentalWarning', LUCA, 'model', ...words].join(' ')
  const script = [
    `mount -t tmpfs -o size=${size} none ${folder}`,
    ...commands.map(luca).map((command) => `{ ${command}; echo "code $?"; }`),
    `ls -A -s --block-size=1 ${folder}`,
  ].join(' && ')
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user']
  const child = spawn('unshare', ['--mount', ...asRoot, 'sh', '-c', script], {
    env: { ...process.env, LLMBDO_MODELS_DIR: folder, NO_COLOR: '1' },
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const codes = [...stdout.matchAll(/^code (\d+)$/gm)].map(([, code]) => Number(code))
  return { stdout, stderr, codes }
}

test('a model that does not fit is refused before it comes', async () => {
  await using server = await fileServer(file)
  const { codes, stderr, stdout } = await onDisk('1m', ['add', 'noise', server.url], ['pull', 'noise'])
  assert.deepEqual(codes, [0, 1], stderr)
  assert.match(stderr, /are still to come, and the disk of .* has .* free. "luca model remove" frees space/)
  assert.doesNotMatch(stdout, / noise\.gguf$/m)
  const copied = await onDisk('1025k', ['add', 'noise', source])
  assert.deepEqual(copied.codes, [1], copied.stderr)
  assert.match(copied.stderr, /are still to come/)
})

test('a disk that becomes full while a model comes is reported at once, and not as a fault of the server', async () => {
  let asked = 0
  await using server = await fileServer(file, {
    // Without a length, nothing can be known before.
    intercept(_, response) {
      asked++
      response.writeHead(200)
      response.end(Buffer.concat([file, Buffer.alloc(1024 * 1024)]))
      return true
    },
  })
  const { codes, stderr, stdout } = await onDisk('200k', ['add', 'noise', server.url], ['pull', 'noise'])
  assert.deepEqual(codes, [0, 1], stderr)
  assert.match(stderr, /The disk of .*\.noise\.gguf\.part is full\. "luca model remove" frees space\./)
  assert.equal(asked, 1)
  assert.doesNotMatch(stdout, / noise\.gguf$/m)
})

test('a body without an end is thrown away before it has filled the disk', async () => {
  let given = 0
  await using server = await fileServer(file, {
    intercept(_, response) {
      response.writeHead(200)
      const chunk = Buffer.alloc(1024 * 1024)
      const more = () => {
        while (!response.destroyed && response.write(chunk)) given += chunk.length
        given += chunk.length
      }
      response.on('drain', more)
      more()
      return true
    },
  })
  const { codes, stderr, stdout } = await onDisk('90m', ['add', 'noise', server.url], ['pull', 'noise'])
  assert.deepEqual(codes, [0, 1], stderr)
  assert.match(stderr, /the disk of .* has .* free/)
  assert.ok(given < 80 * 1024 * 1024, String(given))
  assert.match(stdout, /^ *0 \.noise\.gguf\.part$/m)
})
