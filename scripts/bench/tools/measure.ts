/** What a loop in which a model calls tools costs beyond the model and the tools, and how well tools are chosen. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { currentCall, currentHeaders, startAppliance } from '../appliance.ts'
import { median } from '../median.ts'
import type { Figures } from '../report.ts'
import { chosenFor } from './choice.ts'
import { startProvider } from './provider.ts'
import { IN_ITS_WORDS, IN_OTHER_WORDS } from './questions.ts'

const TOOL = 'echo_echo'
const ROUNDS = 8

export async function measureTools(quick: boolean, say: (line: string) => void): Promise<Figures> {
  say('the choice of tools')
  const [inItsWords, inOtherWords] = [await chosenFor(IN_ITS_WORDS), await chosenFor(IN_OTHER_WORDS)]
  say('rounds of a loop')
  return {
    ...(await measureRounds(quick ? 10 : 100)),
    'tools.choice.of': inItsWords.of,
    'tools.choice.tokens': Math.max(inItsWords.mostTokens, inOtherWords.mostTokens),
    'tools.choice.share':
      (inItsWords.share * IN_ITS_WORDS.length + inOtherWords.share * IN_OTHER_WORDS.length) /
      (IN_ITS_WORDS.length + IN_OTHER_WORDS.length),
    'tools.choice.share-in-its-words': inItsWords.share,
    'tools.choice.share-in-other-words': inOtherWords.share,
  }
}

/** In turns: a model asked by itself, a tool called by itself, and a loop of both. */
async function measureRounds(count: number): Promise<Figures> {
  const provider = await startProvider(ROUNDS, TOOL)
  const appliance = await startAppliance({
    echo: true,
    isPinned: false,
    prepare: (state) =>
      writeFileSync(
        join(state, 'etc/models.yaml'),
        `providers: {p: {api_base_url: "${provider.url}"}}\nmodels: {m: {provider: p, is_default: true}}\n`,
      ),
  })
  const { port, token } = appliance
  const messages = [{ role: 'user', content: 'x' }]
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const post = async (path: string, body: string, more: Record<string, string>, expected: string) => {
    const started = performance.now()
    const res = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers: more })
    const text = await res.text()
    if (!text.includes(expected)) throw new Error(`${path} answered ${res.status}: ${text}`)
    return performance.now() - started
  }
  const ask = (more: object) =>
    post('/v1/chat/completions', JSON.stringify({ messages, ...more }), headers, 'Done.')
  const kinds = {
    model: () => ask({}),
    tool: () => post('/mcp', currentCall(TOOL, { text: 'x' }), currentHeaders(token, TOOL), '"x"'),
    loop: () => ask({ tools: 'auto' }),
  }
  const ms: Record<keyof typeof kinds, number[]> = { model: [], tool: [], loop: [] }
  try {
    for (let run = -5; run < count; run++)
      for (const [kind, measure] of Object.entries(kinds)) {
        const took = await measure()
        if (run >= 0) ms[kind as keyof typeof kinds].push(took)
      }
  } finally {
    await appliance.stop()
    provider.stop()
  }
  const [model, tool, loop] = [median(ms.model), median(ms.tool), median(ms.loop)]
  return {
    'tools.loop.ms': loop,
    'tools.loop.model-ms': model,
    'tools.loop.tool-ms': tool,
    'tools.loop.more-ms': (loop - (ROUNDS + 1) * model - ROUNDS * tool) / ROUNDS,
    'tools.loop.round-ms': (loop - model) / ROUNDS,
  }
}
