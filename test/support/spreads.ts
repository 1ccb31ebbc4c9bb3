/** Spreads of a literal that only save lines. Without them, the reader sees at once what is in it. */
import type { Expression, Node, SourceFile } from 'typescript/unstable/ast'
import {
  isArrayLiteralExpression,
  isAsExpression,
  isCallExpression,
  isNewExpression,
  isObjectLiteralExpression,
  isParenthesizedExpression,
  isSatisfiesExpression,
  isSpreadAssignment,
  isSpreadElement,
} from 'typescript/unstable/ast/is'
import { readSources } from './sources.ts'

/**
 * Where `{ ...{ a } }` or `f(...[a])` stands, as `file:line`. `[...[a, b], c]` is none of these: in a list of arguments
 * it keeps an option and its value together.
 */
export const spreadLiterals = (files: readonly string[]): string[] =>
  [...readSources(files, linesOf)].flatMap(([file, lines]) => lines.map((line) => `${file}:${line}`))

function linesOf(source: SourceFile): number[] {
  const lines: number[] = []
  const found = (spread: Expression) =>
    lines.push(source.getLineAndCharacterOfPosition(spread.getStart(source)).line + 1)
  const visit = (node: Node): void => {
    if (isSpreadAssignment(node) && isObjectLiteralExpression(inner(node.expression))) found(node.expression)
    if (isCallExpression(node) || isNewExpression(node))
      for (const argument of node.arguments ?? [])
        if (isSpreadElement(argument) && isArrayLiteralExpression(inner(argument.expression)))
          found(argument.expression)
    node.forEachChild(visit)
  }
  visit(source)
  return lines
}

/** What parentheses and types are written around. */
const inner = (node: Expression): Expression =>
  isParenthesizedExpression(node) || isAsExpression(node) || isSatisfiesExpression(node)
    ? inner(node.expression)
    : node
