/** What the gateway says of the loop in which a model calls tools, as far as it is what it must be. */
import type { LoopStep } from '../../../contracts/tool-loop.ts'
import { isRecord, isWhole, textIn } from '../../../protocol/values.ts'

/** Undefined for what is none that is known here. */
export function stepIn(value: unknown): LoopStep | undefined {
  if (!isRecord(value)) return undefined
  const { kind, because } = value
  const id = textIn(value.id)
  switch (kind) {
    case 'shown':
      return isWhole(value.of, 0)
        ? {
            kind,
            tools: textsIn(value.tools),
            of: value.of,
            ...((because === 'budget' || because === 'unable') && { because }),
          }
        : undefined
    case 'call': {
      const [name, given] = [textIn(value.name), textIn(value.arguments)]
      return id === undefined || name === undefined ? undefined : { kind, id, name, arguments: given ?? '' }
    }
    case 'asks':
      return id === undefined ? undefined : { kind, id }
    case 'result': {
      const untrusted = textIn(value.untrusted)
      return id === undefined
        ? undefined
        : {
            kind,
            id,
            isError: value.isError === true,
            isCut: value.isCut === true,
            text: textIn(value.text) ?? '',
            ...(untrusted !== undefined && { untrusted }),
          }
    }
    case 'shortened':
      return isWhole(value.results, 0) && isWhole(value.turns, 0)
        ? { kind, results: value.results, turns: value.turns }
        : undefined
  }
  return undefined
}

/** What a conversation needs of a report. */
export interface Report {
  ended: string
  model: string | undefined
  level: number | undefined
  shown: string[]
  read: string[]
  messages: Record<string, unknown>[]
}

/** Of an answer; undefined where there was no loop. */
export function reportIn({ llmbasedos }: Record<string, unknown>): Report | undefined {
  const loop = isRecord(llmbasedos) ? llmbasedos.loop : undefined
  if (!isRecord(loop)) return undefined
  const { level, messages } = loop
  return {
    ended: textIn(loop.ended) ?? 'answered',
    model: textIn(loop.model),
    level: isWhole(level, 0, 2) ? level : undefined,
    shown: textsIn(loop.shown),
    read: textsIn(loop.read),
    messages: Array.isArray(messages) ? messages.filter(isRecord) : [],
  }
}

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.flatMap((one) => textIn(one) ?? []) : []
