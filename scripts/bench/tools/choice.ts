/** Of questions, for which the right tool is among those that a model is shown, and what these take of its prompt. */

import type { ConsentedCall } from '../../../src/gateway/call/call.ts'
import { fused, ToolMeanings } from '../../../src/gateway/llm/loop/meaning.ts'
import { chooseTools, costOf } from '../../../src/gateway/llm/loop/tool-choice.ts'
import { buildIndex } from '../../../src/gateway/routing/tool-search/ranking.ts'
import type { CallToolResult } from '../../../src/protocol/mcp.ts'
import { openShippedEmbedder } from '../../../src/search/embedding/shipped.ts'
import { manyTools } from './many-tools.ts'
import type { ToolQuestion } from './questions.ts'

export interface Chosen {
  of: number
  /** Questions without the right tool, with what was shown. */
  missed: { question: string; shown: string[] }[]
  share: number
  mostTokens: number
}

export async function chosenFor(questions: readonly ToolQuestion[], context = 32_768): Promise<Chosen> {
  const tools = await manyTools()
  const index = buildIndex(tools)
  const embedder = await openShippedEmbedder()
  const meanings = new ToolMeanings({
    async callServer(_, __, { input }) {
      const vectors = await embedder.embed(input as string[], 'query')
      const data = vectors.map((embedding) => ({ embedding: [...embedding] }))
      return { resultType: 'complete', content: [], structuredContent: { data } } satisfies CallToolResult
    },
  })
  const call = { deadline: Number.POSITIVE_INFINITY, signal: new AbortController().signal } as ConsentedCall
  const missed: Chosen['missed'] = []
  let mostTokens = 0
  for (const { question, tools: right } of questions) {
    const byWords = index.search(question).map(({ name }) => name)
    const near = await meanings.nearest(call, question, tools)
    const found = fused(
      byWords,
      near.map(({ name }) => name),
    )
    const chosen = chooseTools({ tools, known: [], sought: [], question, found, context, scale: 1 })
    const shown = chosen.map((one) => one.function.name)
    mostTokens = Math.max(mostTokens, costOf(chosen))
    if (!right.some((name) => shown.includes(name))) missed.push({ question, shown })
  }
  await embedder.close()
  return { of: tools.length, missed, share: 1 - missed.length / questions.length, mostTokens }
}
