/**
 * How fast texts become vectors, against bare onnxruntime with the same model, texts and number of threads: `make bench
 * FILE=scripts/bench/embedding.ts`. Bare is the session alone, with tensors that are there already, in the size of batches that is best for
 * it; with tokens it cuts the texts as well, by the same library. All take turns, so that what else the machine does slows all alike.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import type { Tensor as OnnxTensor } from 'onnxruntime-node'
import { readModelFolder } from '../../src/search/embedding/model-folder.ts'
import { loadRuntime } from '../../src/search/embedding/runtime.ts'
import { openShippedEmbedder, shippedModelFolder } from '../../src/search/embedding/shipped.ts'
import { median } from './median.ts'

const quick = process.argv.includes('--quick')
const TEXTS = quick ? 64 : 192
const ROUNDS = quick ? 3 : 9
const BATCHES = [1, 4, 8, 16, 32]
const DOCS = 'docs'
const say = (line: string) => void process.stderr.write(`${line}\n`)

const { InferenceSession, Tensor } = await loadRuntime()
const { model, tokenizer, tokenizerConfig } = readModelFolder(shippedModelFolder())
const words = new Tokenizer(tokenizer, tokenizerConfig)
const embedder = await openShippedEmbedder()
const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 4 })
const idsOf = (text: string) => words.encode(text).ids.slice(0, embedder.maxTokens)
const texts = passages().slice(0, TEXTS)
const all = texts.map(idsOf)

const ways = new Map<string, () => Promise<unknown>>([
  ['ours', () => embedder.embed(texts, 'passage')],
  ...BATCHES.flatMap((size): [string, () => Promise<unknown>][] => {
    const ready = feedsOf(all, size)
    return [
      [`bare, ${size} at once`, () => run(ready)],
      [`bare with tokens, ${size} at once`, () => run(feedsOf(texts.map(idsOf), size))],
    ]
  }),
])
const taken = new Map<string, { clock: number[]; processor: number[] }>()
for (const [name, work] of ways) {
  await work()
  taken.set(name, { clock: [], processor: [] })
}
for (let round = 0; round < ROUNDS; round++)
  for (const [name, work] of ways) {
    const before = performance.now()
    const cpu = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(cpu)
    taken.get(name)?.processor.push((user + system) / 1000)
    taken.get(name)?.clock.push(performance.now() - before)
  }
const rates = [...taken].map(([name, { clock, processor }]) => ({
  name,
  clock: (texts.length / median(clock)) * 1000,
  processor: (texts.length / median(processor)) * 1000,
}))
for (const { name, clock, processor } of rates)
  say(`${name}: ${clock.toFixed(0)} texts a second, ${processor.toFixed(0)} a second of processor time`)
const [ours] = rates
for (const kind of ['bare, ', 'bare with tokens, '])
  for (const by of ['clock', 'processor'] as const) {
    const best = Math.max(...rates.filter(({ name }) => name.startsWith(kind)).map((rate) => rate[by]))
    say(`ours of the best of "${kind.slice(0, -2)}", by ${by}: ${((ours?.[by] ?? 0) / best).toFixed(2)}`)
  }
await embedder.close()
await session.release()

/** Paragraphs of the documentation, as long as passages are. */
function passages(): string[] {
  return readdirSync(DOCS)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .flatMap((name) => readFileSync(join(DOCS, name), 'utf8').split(/\n\n+/))
    .filter((text) => text.length > 150 && text.length < 600)
}

/** Texts of like length together, as ours does it. */
function feedsOf(ids: readonly (readonly number[])[], size: number): Record<string, OnnxTensor>[] {
  const sorted = ids.toSorted((a, b) => a.length - b.length)
  const feeds: Record<string, OnnxTensor>[] = []
  for (let from = 0; from < sorted.length; from += size) {
    const batch = sorted.slice(from, from + size)
    const length = batch.at(-1)?.length ?? 0
    const shape = [batch.length, length]
    const [tokens, mask] = [
      new BigInt64Array(batch.length * length),
      new BigInt64Array(batch.length * length),
    ]
    for (const [row, one] of batch.entries())
      for (const [column, id] of one.entries()) {
        tokens[row * length + column] = BigInt(id)
        mask[row * length + column] = 1n
      }
    const known: Record<string, OnnxTensor> = {
      input_ids: new Tensor('int64', tokens, shape),
      attention_mask: new Tensor('int64', mask, shape),
      token_type_ids: new Tensor('int64', new BigInt64Array(tokens.length), shape),
    }
    feeds.push(Object.fromEntries(session.inputNames.map((name) => [name, known[name] as OnnxTensor])))
  }
  return feeds
}

async function run(feeds: readonly Record<string, OnnxTensor>[]): Promise<void> {
  for (const one of feeds) await session.run(one)
}
