/** Another library finds the nearest vectors from one start of the appliance to the next: the index is made anew. Needs `make build`. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { callTool } from './support/http.ts'
import { childrenOf, commandOf } from './support/processes.ts'

const LOAF = 'recipe for making my own loaf'

// biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
const ask = async ({ url, token }: Appliance, name: string, args: object = {}): Promise<any> =>
  (await callTool(url, token, name, args)).json.result.structuredContent

/** The process of the file server of this appliance. */
const serverOf = ({ process: { pid } }: Appliance): number | undefined =>
  childrenOf(pid).find((child) => commandOf(child).includes('fs.cjs'))

test('the setting holds from the next start on, forth and back, and each time meaning finds what it found', async () => {
  const base = mkdtempSync(join(tmpdir(), 'vi-'))
  const [state, files] = [join(base, 's'), join(base, 'files')]
  mkdirSync(join(files, 'notes'), { recursive: true })
  mkdirSync(join(state, 'etc'), { recursive: true, mode: 0o700 })
  writeFileSync(join(files, 'notes/boiler.md'), 'The boiler is serviced each autumn before it gets cold.')
  writeFileSync(join(files, 'notes/bread.md'), 'Feed the sourdough, then let the dough rise overnight.')
  try {
    for (const [start, library] of ['usearch', 'faiss', 'usearch'].entries()) {
      writeFileSync(join(state, 'etc/fs.yaml'), `vectorIndex: ${library}\n`)
      await using a = await startAppliance({ state, files })
      if (start === 0) await ask(a, 'fs_index_add', { path: '/notes' })
      await until('meaning finds it', async () => {
        const { hits } = await ask(a, 'fs_search_documents', { query: LOAF })
        return hits[0]?.path === '/notes/bread.md' && hits[0].foundBy.includes('meaning')
      })
      const { problem, withoutMeaning } = await ask(a, 'fs_index_status')
      assert.deepEqual([problem, withoutMeaning], [undefined, 0])
      assert.match(
        readFileSync(`/proc/${serverOf(a)}/maps`, 'utf8'),
        library === 'faiss' ? /faiss-node/ : /usearch/,
      )
    }
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
})
