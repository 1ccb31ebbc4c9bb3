import { misuse } from '../arguments.ts'
import type { Command } from '../command.ts'
import { patiently, visible, writeJson, writeLine } from '../output.ts'

interface Completion {
  choices?: { message?: { content?: string } }[]
}

export const llm: Command = {
  name: 'llm',
  usage: 'PROMPT [OPTIONS]',
  summary: 'ask the language model; says when there is none',
  details: 'OPTIONS is a JSON object such as \'{"temperature": 0}\'.',
  positionals: [1, 2],
  gateway: true,
  async run({ positionals: [prompt = '', given = '{}'] }, context) {
    const link = await context.gateway()
    const work = link.older<Completion>(
      'mcp.llm.chat',
      [[{ role: 'user', content: prompt }], optionsOf(given)],
      context.signal,
    )
    const completion = await patiently(context, () => 'the model is thinking', work)
    if (context.json) writeJson(context.io, completion)
    else writeLine(context.io.stdout, visible(completion.choices?.[0]?.message?.content ?? ''))
    return 'ok'
  },
}

function optionsOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw misuse(llm, `the options are not JSON (${(cause as Error).message})`)
  }
}
