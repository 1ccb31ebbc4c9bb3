/** The marks by which a model tells who speaks, such as `<|im_end|>`: they must not be written into a message. */
import type { LlamaModel } from 'node-llama-cpp'

/** Invisible, and enough that a text is no mark any more. */
const SPLIT = '\u200B'
const SHORTEST = 2

/** The texts of a model's control tokens. */
export function controlMarks(model: LlamaModel): string[] {
  const marks: string[] = []
  for (const token of model.iterateAllTokens())
    if (model.getTokenAttributes(token).control) marks.push(model.detokenize([token], true))
  return marks.filter((mark) => mark.length >= SHORTEST)
}

/** Gives a function that splits every mark in all texts of a value: who could write one could speak as another. */
export function marksSplitter(marks: readonly string[]): <T>(value: T) => T {
  if (marks.length === 0) return (value) => value
  const longestFirst = marks.toSorted((a, b) => b.length - a.length)
  const pattern = new RegExp(longestFirst.map(literal).join('|'), 'g')
  const split = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(pattern, (mark) => mark[0] + SPLIT + mark.slice(1))
    if (Array.isArray(value)) return value.map(split)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [split(key), split(inner)]))
  }
  return <T>(value: T) => split(value) as T
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
