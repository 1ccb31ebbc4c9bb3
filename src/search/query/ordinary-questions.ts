/**
 * What questions have in common, whatever they ask for. To a model of meaning a question is close to any text that could be asked
 * about in such a way; what is left without that says better whether a text answers it.
 */
import { createHash } from 'node:crypto'
import type { Embedder } from '../embedding/embedder.ts'

/** About all kinds of things, so that no one subject is in what they share. */
const QUESTIONS = `
how to tie a knot
history of the railway
cost of a new roof
training a puppy
what is a black box
the life of Mozart
fees of the bank
treatment of a burn
who invented the compass
pictures from last summer
how does a pump work
holiday in the mountains
rules of tennis
garden in autumn
capital of Peru
repairing a bicycle
causes of poverty
plan for the weekend
how to boil an egg
insurance for a house
symptoms of flu
the size of the moon
learning to drive
complaint about a product
meaning of a symbol
what are atoms
visit to the dentist
best books for children
how birds fly
papers for the authorities
choosing a computer
climate of Iceland
money that I owe
where to park the car
names of stars
preparing for an exam
how do rivers form
care of the skin
the kings of England
moving house
population of a city
dinner with friends
how to sell a car
effects of alcohol
who pays for the damage
difference between cheese and butter
building a wall
job at the office
`

const EACH = QUESTIONS.trim().split('\n')
/** What a mean is kept with, so that one of other questions is not taken for theirs. */
const DIGEST = createHash('sha256').update(QUESTIONS).digest().subarray(0, 16)

/** By embedder: their mean. */
const SHARED = new WeakMap<Embedder, Promise<Float32Array>>()

/** Where the mean of a model is kept for the next process. */
export interface Keeper {
  meanOf(model: number): Uint8Array | undefined
  keepMean(model: number, bytes: Uint8Array): Promise<void>
}

/** A question's vector without what it shares with others, of length 1. Rejects with an EmbedderError. */
export async function particularOf(
  asked: Float32Array,
  embedder: Embedder,
  keeper: Keeper,
  modelId: number,
): Promise<Float32Array> {
  const shared = SHARED.get(embedder) ?? sharedBy(embedder, keeper, modelId)
  SHARED.set(embedder, shared)
  const common = await shared.catch((error) => {
    SHARED.delete(embedder)
    throw error
  })
  const particular = asked.map((value, i) => value - (common[i] as number))
  const length = Math.hypot(...particular)
  return length > 0 ? particular.map((value) => value / length) : particular
}

/** To embed them all takes as long as some searches. */
async function sharedBy(embedder: Embedder, keeper: Keeper, modelId: number): Promise<Float32Array> {
  const { dimensions } = embedder
  const kept = keeper.meanOf(modelId)
  if (kept?.length === DIGEST.length + 4 * dimensions && DIGEST.equals(kept.subarray(0, DIGEST.length)))
    return new Float32Array(Uint8Array.from(kept.subarray(DIGEST.length)).buffer)
  const vectors = await embedder.embed(EACH, 'query')
  const sum = new Float32Array(dimensions)
  for (const vector of vectors) for (const [i, value] of vector.entries()) sum[i] = (sum[i] as number) + value
  const mean = sum.map((value) => value / vectors.length)
  // Where the disk is full it is made anew the next time.
  await keeper.keepMean(modelId, Buffer.concat([DIGEST, new Uint8Array(mean.buffer)])).catch(() => {})
  return mean
}
