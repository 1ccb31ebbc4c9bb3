/** What files import, as the compiler reads it, and the circles in that. */
import type { SourceFile } from 'typescript/unstable/ast'
import { isStringLiteral } from 'typescript/unstable/ast/is'
import { readSources } from './sources.ts'

/** Of each file, by its path below the root: the specifiers that it imports, types and `import()` included. */
export const readImports = (files: readonly string[]): Map<string, string[]> =>
  readSources(files, specifiersOf)

const specifiersOf = (source: SourceFile): string[] => [
  ...new Set(source.imports.filter(isStringLiteral).map(({ text }) => text)),
]

/** Every circle as the way round it, once each; an arrow from a thing to itself is none. */
export function circlesIn(arrows: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = []
  const done = new Set<string>()
  const way: string[] = []
  const follow = (at: string): void => {
    const begin = way.indexOf(at)
    if (begin !== -1 && begin < way.length - 1) circles.push([...way.slice(begin), at].join(' → '))
    if (begin !== -1 || done.has(at)) return
    way.push(at)
    for (const next of arrows.get(at) ?? []) follow(next)
    way.pop()
    done.add(at)
  }
  for (const at of arrows.keys()) follow(at)
  return circles
}
