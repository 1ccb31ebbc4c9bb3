/**
 * Which tools a question may be about by what it means, whatever words it has: by the embedding model that ships, which the server of this
 * machine's models runs. It knows English; where it can't be had, words alone say it.
 */
import { SHIPPED_MODEL } from '../../../contracts/shipped-model.ts'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import type { Tool } from '../../../protocol/mcp.ts'
import { isRecord } from '../../../protocol/values.ts'
import type { ConsentedCall } from '../../call/call.ts'
import type { Models } from '../attempt.ts'
import { ModelFailure } from '../failure.ts'
import { ask } from '../model-server.ts'

/** What of a tool's words is embedded, in characters. */
const MOST_WORDS = 400
/** How long the vectors are waited for, in milliseconds: the first time those of all tools are made. */
const WAIT_MS = 5000
const AT_ONCE = 64
/** Tools whose vectors are kept; the oldest go first. */
const MOST_KEPT = 2000

export class ToolMeanings {
  readonly #models: Pick<Models, 'callServer'>
  /** By the words of a tool. */
  readonly #vectors = new Map<string, Float32Array>()

  constructor(models: Pick<Models, 'callServer'>) {
    this.#models = models
  }

  /** The tools, the nearest first; none where vectors can't be had now. Rejects with the reason of the call's signal. */
  async nearest(call: ConsentedCall, question: string, tools: readonly Tool[]): Promise<readonly Tool[]> {
    const deadline = Math.min(call.deadline, performance.now() + WAIT_MS)
    try {
      const words = tools.map(wordsOf)
      const missing = [...new Set(words)].filter((text) => !this.#vectors.has(text))
      for (let i = 0; i < missing.length; i += AT_ONCE) {
        const some = missing.slice(i, i + AT_ONCE)
        const made = await this.#embed(call, some, deadline)
        for (const [n, text] of some.entries()) this.#vectors.set(text, made[n] as Float32Array)
      }
      const [asked] = await this.#embed(call, [question], deadline)
      const near = words.map((text, i) => ({
        tool: tools[i] as Tool,
        score: dot(asked, this.#vectors.get(text)),
      }))
      this.#forgetSome()
      return near.sort((one, other) => other.score - one.score).map(({ tool }) => tool)
    } catch (error) {
      call.signal.throwIfAborted()
      if (error instanceof ModelFailure || error instanceof RpcError) return []
      throw error
    }
  }

  async #embed(call: ConsentedCall, input: readonly string[], deadline: number): Promise<Float32Array[]> {
    const options = { call, signal: call.signal, deadline, trace: {} }
    const { data } = await ask(
      this.#models.callServer,
      'local',
      'embed',
      { model: SHIPPED_MODEL, input },
      options,
    )
    const vectors = (Array.isArray(data) ? data : []).flatMap((one) =>
      isRecord(one) && Array.isArray(one.embedding) ? Float32Array.from(one.embedding) : [],
    )
    if (vectors.length !== input.length)
      throw new ModelFailure('broken_answer', 'There is no vector for each text.')
    return vectors
  }

  #forgetSome(): void {
    for (const text of this.#vectors.keys()) {
      if (this.#vectors.size <= MOST_KEPT) break
      this.#vectors.delete(text)
    }
  }
}

/** The words of a tool by which its vector is made. */
export const wordsOf = ({ name, description }: Tool): string =>
  `${name.replaceAll('_', ' ')}. ${description}`.slice(0, MOST_WORDS).toWellFormed()

/** How many of those by meaning come for each of those by words, which is the second. */
const MEANT_EACH = 3

/** Names of what was found by words and by meaning, as one order: a word says more about a tool than nearness does, and is more often there by chance. */
export function fused(byWords: readonly string[], byMeaning: readonly string[]): string[] {
  const names = new Set<string>()
  for (let i = 0; i < Math.max(byWords.length, byMeaning.length); i++) {
    const [first, ...others] = byMeaning.slice(MEANT_EACH * i, MEANT_EACH * (i + 1))
    for (const name of [first, byWords[i], ...others]) if (name !== undefined) names.add(name)
  }
  return [...names]
}

function dot(one: Float32Array | undefined, other: Float32Array | undefined): number {
  if (!one || one.length !== other?.length) return 0
  return one.reduce((sum, value, i) => sum + value * (other[i] as number), 0)
}
