/**
 * Judges how well searching finds: by words, by meaning and by both, for the model that ships and for folders of models that are named.
 * Writes the table into docs/search.md. `make eval`, or `node scripts/eval.ts FOLDER…`.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Embedder } from '../src/search/embedding/embedder.ts'
import { openOnnxEmbedder } from '../src/search/embedding/onnx-embedder.ts'
import { openShippedEmbedder } from '../src/search/embedding/shipped.ts'
import { markdownTable, withBetween } from './documents.ts'
import { CHOOSING, JUDGING, type Measured, measure } from './eval/measure.ts'
import { ROOT } from './servers.ts'

const PAGE = join(ROOT, 'docs/search.md')
/**
 * This project's documentation and manual pages: npm's as the image has them, luca's own, and those of packages that the lock names.
 * Pages of the machine's own packages are left out: the figures would be others on each machine.
 */
const HAYSTACK = [
  'docs/**/*.md',
  '*.md',
  'iso/npm/node_modules/npm/docs/content/**/*.md',
  'dist/share/man/man1/*.1',
  'node_modules/*/man/*.1',
  'node_modules/node-linux-*/share/man/man1/*.1',
]

const haystack = globSync(HAYSTACK, { cwd: ROOT, exclude: ['docs/search.md'] })
  .sort()
  .map((path) => ({ path: `/haystack/${path}`, text: readFileSync(join(ROOT, path), 'utf8') }))

const figure = (value: number) => value.toFixed(2)

function table(measured: readonly Measured[]): string {
  return markdownTable(
    [
      'questions',
      'searched by',
      'nDCG@10',
      'MRR@10',
      'recall@5',
      'first',
      'nDCG@10 as shown',
      'something found',
    ],
    measured.map(({ slice, half, order, shown }) => {
      const found = figure(shown.found)
      if (slice === 'unanswerable') return [slice, half, '–', '–', '–', '–', '–', found]
      const { ndcg, mrr, recall, first } = order
      return [
        slice,
        half,
        figure(ndcg),
        figure(mrr),
        figure(recall),
        figure(first),
        figure(shown.ndcg),
        found,
      ]
    }),
  )
}

async function section(embedder: Embedder): Promise<string> {
  const parts = [`### ${embedder.name}\n`]
  for (const collection of isChoosing ? CHOOSING : [JUDGING]) {
    const alone = table(await measure(embedder, [], collection))
    const among = table(await measure(embedder, haystack, collection))
    parts.push(`The ${Object.keys(collection.texts).length} texts alone:\n\n${alone}`)
    parts.push(`The same among ${haystack.length} pages of documentation:\n\n${among}`)
  }
  return `${parts.join('\n')}\n`
}

/** Of the texts that the weights are chosen by: shown, and not written down. */
const isChoosing = process.argv.includes('--choosing')
const folders = process.argv.slice(2).filter((one) => one !== '--choosing')
const sections: string[] = []
for (const open of [openShippedEmbedder, ...folders.map((folder) => () => openOnnxEmbedder(folder))]) {
  const embedder = await open()
  process.stdout.write(`judging ${embedder.name}\n`)
  sections.push(await section(embedder))
  await embedder.close()
}
const text = sections.join('\n')
process.stdout.write(text)
if (!isChoosing) writeFileSync(PAGE, withBetween(readFileSync(PAGE, 'utf8'), 'quality', `\n${text}`))
