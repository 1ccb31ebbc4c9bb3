/**
 * Before the first round, where models for levels of complexity are configured: the model of the lowest one says which tools a question
 * needs, and how hard it is. Its word is advice: without a sound answer everything goes on without it.
 */
import type { Tool } from '../../../protocol/mcp.ts'
import { isRecord, isWhole } from '../../../protocol/values.ts'
import type { JsonObject } from '../request.ts'

/** How many tools it chooses from, and what it reads of each and of the question, in characters. */
const MOST_OFFERED = 40
const MOST_SENTENCE = 120
const MOST_QUESTION = 4000
/** How long its answer may be, in tokens. */
export const TRIAGE_TOKENS = 300

export interface Triage {
  level: number
  tools: string[]
}

const SCHEMA = {
  type: 'object',
  properties: {
    level: { type: 'integer', enum: [0, 1, 2] },
    tools: { type: 'array', items: { type: 'string' }, maxItems: 8 },
  },
  required: ['level', 'tools'],
  additionalProperties: false,
}

/** The fields of the request that asks for it. */
export function triageBody(question: string, tools: readonly Tool[]): JsonObject {
  const lines = tools.slice(0, MOST_OFFERED).map(({ name, description }) => {
    const [sentence = ''] = /^.*?[.!?](?=\s|$)/s.exec(description) ?? [description]
    return `${name}: ${sentence.slice(0, MOST_SENTENCE)}`
  })
  return {
    messages: [
      {
        role: 'system',
        content: `Decide how a question is answered; do not answer it. Say as JSON which of these tools it needs ("tools", none if it needs none) and how hard it is ("level": 0 for small talk and simple facts, 1 for most, 2 for what takes careful thought).\n\n${lines.join('\n')}`,
      },
      { role: 'user', content: question.slice(-MOST_QUESTION) },
    ],
    response_format: { type: 'json_schema', json_schema: { name: 'triage', schema: SCHEMA, strict: true } },
    temperature: 0,
    max_tokens: TRIAGE_TOKENS,
  }
}

/** What an answer says; undefined where it says nothing that can be used. Tools take at least the second level. */
export function readTriage(text: string, tools: readonly Tool[]): Triage | undefined {
  let value: unknown
  try {
    value = JSON.parse(/\{.*\}/s.exec(text)?.[0] ?? '')
  } catch {
    return undefined
  }
  const { level, tools: wanted } = isRecord(value) ? value : {}
  if (!isWhole(level, 0, 2)) return undefined
  const names = new Set(Array.isArray(wanted) ? wanted : [])
  const chosen = tools.filter(({ name }) => names.has(name)).map(({ name }) => name)
  return { level: Math.max(level, chosen.length > 0 ? 1 : 0), tools: chosen }
}
