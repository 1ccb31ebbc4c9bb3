/** Measures how many threads make a model fastest. */
import type { LlamaModel } from 'node-llama-cpp'
import { MEANINGFUL_BYTES } from '../../../models/describe.ts'
import { fewestNearlyFastest } from '../../../models/fewest.ts'

const WARM_UP_TOKENS = 2
const TOKENS = 16
/** No number of threads is tried for longer, in milliseconds. */
const TIME_MS = 1500
const CONTEXT = 128

/** The numbers worth trying on a machine: powers of two up to all its processors, and half of them. */
export function candidates(processors: number): number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(processors)) + 1 }, (_, i) => 2 ** i)
  return [...new Set([...powers, Math.max(1, processors >> 1), processors])].sort((a, b) => a - b)
}

/** Tokens a second by number of threads; nothing for models that are too small to tell. */
export async function measureThreads(model: LlamaModel, processors: number): Promise<Record<number, number>> {
  if (model.size < MEANINGFUL_BYTES) return {}
  const measured: Record<number, number> = {}
  for (const threads of candidates(processors)) measured[threads] = await tokensPerSecond(model, threads)
  return measured
}

/** The fewest threads that are nearly as fast as any number; one where nothing was measured. */
export const bestThreads = (measured: Readonly<Record<number, number>>): number =>
  fewestNearlyFastest(measured) ?? 1

/** How fast a model writes with so many threads. */
export async function tokensPerSecond(model: LlamaModel, threads: number): Promise<number> {
  const context = await model.createContext({
    contextSize: CONTEXT,
    threads: { ideal: threads, min: threads },
    ignoreMemorySafetyChecks: true,
  })
  try {
    const prompt = model.tokenize('The quick brown fox', false)
    let started = performance.now()
    let tokens = -WARM_UP_TOKENS
    for await (const _ of context.getSequence().evaluate(prompt, { yieldEogToken: true })) {
      if (++tokens === 0) started = performance.now()
      if (tokens >= TOKENS || (tokens > 0 && performance.now() - started > TIME_MS)) break
    }
    return (tokens * 1000) / (performance.now() - started)
  } finally {
    await context.dispose()
  }
}
