/** Very many tiny files: what is in memory does not grow with them. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Searching } from '../testing/searching.ts'

/** A million takes long. */
const FILES = Number(process.env.FILES ?? 20_000)
const IN_FOLDER = 500
/** What the process of the server may take at most, in MB; its unit has 512. */
const MOST_MEGABYTES = 300

test(`${FILES} tiny files are indexed in bounded memory`, async (t) => {
  await using it = new Searching()
  for (let i = 0; i < FILES; i++) {
    const folder = it.real(`notes/${Math.floor(i / IN_FOLDER)}`)
    if (i % IN_FOLDER === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${i}.txt`), `note Zq${i}x`)
  }
  const script = join(import.meta.dirname, '../testing/indexer.ts')
  const args = ['--disable-warning=ExperimentalWarning', script, it.root, it.state, '-', 'words']
  const began = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const chunk of child.stdout) {
    text += chunk
    t.diagnostic(`${Math.round((performance.now() - began) / 1000)} s: ${String(chunk).trim()}`)
    if (text.includes('done')) child.kill('SIGKILL')
  }
  const megabytes = Number(/done (\d+)/.exec(text)?.[1])
  t.diagnostic(`${megabytes} MB, ${Math.round((performance.now() - began) / 1000)} s`)
  assert.ok(megabytes < MOST_MEGABYTES, text)
  await it.start()
  assert.equal((await it.status()).files, FILES)
  assert.deepEqual(await it.found(`Zq${FILES - 1}x`, { limit: 1 }), [
    `/notes/${Math.floor((FILES - 1) / IN_FOLDER)}/${FILES - 1}.txt`,
  ])
})
