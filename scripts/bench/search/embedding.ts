/**
 * How fast texts become vectors, against bare onnxruntime with the same model, texts and number of threads. Bare is the session alone, with tensors that are there already, in the size of batches that is best for
 * it; with tokens it cuts the texts as well, by the same library. All take turns, so that what else the machine does slows all alike.
 */
import { Tokenizer } from '@huggingface/tokenizers'
import type { Tensor as OnnxTensor, InferenceSession as Session } from 'onnxruntime-node'
import { readModelFolder } from '../../../src/search/embedding/model-folder.ts'
import { loadRuntime, type Runtime } from '../../../src/search/embedding/runtime.ts'
import { openShippedEmbedder, shippedModelFolder } from '../../../src/search/embedding/shipped.ts'
import { median } from '../median.ts'
import { paragraphs } from '../prose.ts'
import type { Figures } from '../report.ts'

const BATCHES = [1, 4, 8, 16, 32]

type Feeds = Record<string, OnnxTensor>

export async function measureEmbedding(quick: boolean, say: (line: string) => void): Promise<Figures> {
  const rounds = quick ? 3 : 9
  const runtime = await loadRuntime()
  const { model, tokenizer, tokenizerConfig } = readModelFolder(shippedModelFolder())
  const words = new Tokenizer(tokenizer, tokenizerConfig)
  const embedder = await openShippedEmbedder()
  const session = await runtime.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 4 })
  const idsOf = (text: string) => words.encode(text).ids.slice(0, embedder.maxTokens)
  const feedsOf = (ids: readonly (readonly number[])[], size: number) => feedsFor(ids, size, session, runtime)
  const run = async (feeds: readonly Feeds[]) => {
    for (const one of feeds) await session.run(one)
  }
  const texts = paragraphs().slice(0, quick ? 64 : 192)
  const ids = texts.map(idsOf)
  const ways = new Map<string, () => Promise<unknown>>([
    ['ours', () => embedder.embed(texts, 'passage')],
    ...BATCHES.flatMap((size): [string, () => Promise<unknown>][] => {
      const ready = feedsOf(ids, size)
      return [
        [`bare, ${size} at once`, () => run(ready)],
        [`bare with tokens, ${size} at once`, () => run(feedsOf(texts.map(idsOf), size))],
      ]
    }),
  ])
  const taken = new Map<string, number[]>()
  for (const [name, work] of ways) {
    await work()
    taken.set(name, [])
  }
  for (let round = 0; round < rounds; round++)
    for (const [name, work] of ways) {
      const before = process.cpuUsage()
      await work()
      const { user, system } = process.cpuUsage(before)
      taken.get(name)?.push((user + system) / 1000)
    }
  const rates = [...taken].map(([name, times]) => ({ name, rate: (texts.length / median(times)) * 1000 }))
  for (const { name, rate } of rates) say(`  ${name}: ${rate.toFixed(0)} texts a second of processor time`)
  await embedder.close()
  await session.release()
  const ours = rates[0]?.rate ?? 0
  const best = (kind: string) =>
    Math.max(...rates.filter(({ name }) => name.startsWith(kind)).map(({ rate }) => rate))
  return {
    'embedding.texts-per-second': ours,
    'embedding.ratio': ours / best('bare, '),
    'embedding.ratio.with-tokens': ours / best('bare with tokens, '),
  }
}

/** Texts of like length together, as ours does it. */
function feedsFor(
  ids: readonly (readonly number[])[],
  size: number,
  session: Session,
  { Tensor }: Runtime,
): Feeds[] {
  const sorted = ids.toSorted((a, b) => a.length - b.length)
  const feeds: Feeds[] = []
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
    const known: Feeds = {
      input_ids: new Tensor('int64', tokens, shape),
      attention_mask: new Tensor('int64', mask, shape),
      token_type_ids: new Tensor('int64', new BigInt64Array(tokens.length), shape),
    }
    feeds.push(Object.fromEntries(session.inputNames.map((name) => [name, known[name] as OnnxTensor])))
  }
  return feeds
}
