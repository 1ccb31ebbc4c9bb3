/** How long the server takes to read many small files, for their words and for their meaning, and to see that nothing has changed. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Observed } from '../../../src/servers/fs/testing/observed.ts'
import { Searching } from '../../../src/servers/fs/testing/searching.ts'
import { until } from '../processes.ts'
import type { Figures } from '../report.ts'
import { source } from './fill.ts'

const IN_FOLDER = 100
/** How long it may take at most, in seconds: what is slower is a fault, or another machine. */
const PATIENCE = 600
/** The model cuts one that is made up into three tokens, so a file has about as many as 50 words of English. */
const WORDS_OF_FILE = 20
/** Its words are what counts here. */
const DIMENSIONS = 1

export async function measureFiles(quick: boolean, say: (line: string) => void): Promise<Figures> {
  const files = quick ? 1000 : 10_000
  const made = source(DIMENSIONS)
  await using it = new Searching()
  for (let i = 0; i < files; i++) {
    const path = `notes/${Math.floor(i / IN_FOLDER)}/${i}.txt`
    const text = made.text().split(' ').slice(0, WORDS_OF_FILE).join(' ')
    if (i % IN_FOLDER === 0) it.put(path, text)
    else writeFileSync(join(it.root, path), text)
  }
  const seen = new Observed()
  const definition = seen.definition(it.root)
  await it.start({ definition })
  const begun = performance.now()
  const seconds = () => (performance.now() - begun) / 1000
  await it.asked('index_add', { path: '/notes' })
  const read = async () => {
    const status = await it.status()
    return status.files === files && status.waiting === 0
  }
  await until('all files are read', read, PATIENCE)
  const words = seconds()
  say(`  words after ${words.toFixed(1)} s`)
  await until('all files are embedded', async () => (await it.status()).withoutMeaning === 0, PATIENCE)
  const meaning = seconds()
  say(`  meaning after ${meaning.toFixed(1)} s`)
  await it.running.worked()
  await it.stop()
  await it.start({ definition })
  seen.reset()
  const asked = performance.now()
  await it.asked('search_documents', { query: 'a question' })
  const looked = async () => (await it.status()).lookedAt !== undefined
  await until('all is looked through', looked, PATIENCE)
  const walk = performance.now() - asked
  await it.running.worked()
  return {
    'search.files.words-s': words,
    'search.files.meaning-s': meaning,
    'search.unchanged.ms': walk,
    'search.unchanged.walks': seen.walks.length,
    'search.unchanged.reads': seen.reads.length,
  }
}
