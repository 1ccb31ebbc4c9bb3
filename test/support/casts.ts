/**
 * Finds where a value whose type is not known is said to be of one (`value as T`), as the compiler reads it. What comes from
 * outside has the type `unknown`, or `any`, until it was looked at. Not among them are errors that were caught, of which
 * only what an error may have is read.
 */
import { join } from 'node:path'
import type { AsExpression, Node } from 'typescript/unstable/ast'
import { isAsExpression } from 'typescript/unstable/ast/is'
import { API } from 'typescript/unstable/sync'
import { ROOT } from './appliance.ts'

/** TypeFlags.Any and TypeFlags.Unknown. */
const NOT_KNOWN = 1 | 2
const NO_PROGRAM = /\.test\.ts$|\.d\.ts$|\/(?:testing|fixtures|generated)\//
const OF_CAUGHT = /^(?:Error|NodeJS\.ErrnoException)\b/
/** A type's text is known by so many characters. */
const MAX_CHARS = 60

/** By the file, without `src/`: the types that values are said to be of. */
export function findCasts(): Record<string, string[]> {
  const compiler = new API()
  try {
    const [project] = compiler.updateSnapshot({ openProject: join(ROOT, 'tsconfig.json') }).getProjects()
    if (!project) throw new Error('tsconfig.json makes no project.')
    const { program, checker } = project
    const sources = join(ROOT, 'src/')
    const found: Record<string, string[]> = {}
    for (const path of [...program.getSourceFileNames()].sort()) {
      if (!path.startsWith(sources) || NO_PROGRAM.test(path)) continue
      const source = program.getSourceFile(path)
      const casts = source ? castsIn(source) : []
      const types = checker.getTypeAtLocation(casts.map(({ expression }) => expression))
      const named = casts
        .filter((_, at) => ((types[at]?.flags ?? 0) & NOT_KNOWN) !== 0)
        .map(({ type }) => (source?.text.slice(type.pos, type.end) ?? '').replace(/\s+/g, ' ').trim())
        .filter((type) => !['const', 'unknown'].includes(type) && !OF_CAUGHT.test(type))
      if (named.length > 0)
        found[path.slice(sources.length)] = [...new Set(named.map((type) => type.slice(0, MAX_CHARS)))].sort()
    }
    return found
  } finally {
    compiler.close()
  }
}

function castsIn(node: Node): AsExpression[] {
  const casts: AsExpression[] = []
  const visit = (inner: Node): void => {
    if (isAsExpression(inner)) casts.push(inner)
    inner.forEachChild(visit)
  }
  visit(node)
  return casts
}
