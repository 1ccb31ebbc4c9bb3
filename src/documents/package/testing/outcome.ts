import assert from 'node:assert/strict'
import { type Block, DocumentProblem, type ReadOptions } from '../../document.ts'
import { openDocument } from '../../read.ts'
import { looksRight } from '../../testing/document.contract.ts'
import { line } from '../../testing/told.ts'

export interface Outcome {
  /** A line for each block that came. */
  lines: string[]
  /** Why it was refused, or ended there: its kind and its message without the name of the file. */
  problem?: string
}

const MAX_MESSAGE = 300

/** What comes of bytes. Whatever they are, a problem is a sentence for people. */
export async function outcomeOf(bytes: Buffer, options: ReadOptions): Promise<Outcome> {
  const blocks: Block[] = []
  const lines: string[] = []
  try {
    const document = await openDocument(bytes, options)
    try {
      for await (const block of document.blocks()) blocks.push(block)
    } finally {
      looksRight(document, blocks)
      for (const block of blocks) lines.push(line(block))
    }
    return { lines }
  } catch (problem) {
    if (!(problem instanceof DocumentProblem)) throw problem
    const beginning = `${JSON.stringify(options.name)} can't be read: `
    assert.ok(problem.message.startsWith(beginning), problem.message)
    const why = problem.message.slice(beginning.length)
    assert.match(why, /^\w[^\p{C}]{5,}\.$/u)
    assert.doesNotMatch(why, /undefined|null|NaN|\[object|\bat .*:\d+|Error\b/)
    assert.ok(why.length <= MAX_MESSAGE, why)
    return { lines, problem: `${problem.kind}: ${why}` }
  }
}
