/** Of questions, for which the right tool is among those that a model is shown, and what these take of its prompt. */

import { chooseTools, costOf } from '../../../src/gateway/llm/loop/tool-choice.ts'
import { buildIndex } from '../../../src/gateway/routing/tool-search/ranking.ts'
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
  const missed: Chosen['missed'] = []
  let mostTokens = 0
  for (const { question, tools: right } of questions) {
    const found = index.search(question).map(({ name }) => name)
    const chosen = chooseTools({ tools, known: [], sought: [], question, found, context, scale: 1 })
    const shown = chosen.map((one) => one.function.name)
    mostTokens = Math.max(mostTokens, costOf(chosen))
    if (!right.some((name) => shown.includes(name))) missed.push({ question, shown })
  }
  return { of: tools.length, missed, share: 1 - missed.length / questions.length, mostTokens }
}
