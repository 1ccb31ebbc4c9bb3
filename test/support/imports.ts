/** What files import, as the compiler reads it, and the circles in that. */
import { join } from 'node:path'
import type { SourceFile } from 'typescript/unstable/ast'
import { isStringLiteral } from 'typescript/unstable/ast/is'
import { API } from 'typescript/unstable/sync'
import { ROOT } from './appliance.ts'

/** Of each file, by its path below the root: the specifiers that it imports, types and `import()` included. */
export function readImports(files: readonly string[]): Map<string, string[]> {
  const compiler = new API()
  try {
    const [project] = compiler.updateSnapshot({ openProject: join(ROOT, 'tsconfig.json') }).getProjects()
    if (!project) throw new Error('tsconfig.json makes no project.')
    return new Map(
      files.map((file) => {
        const source = project.program.getSourceFile(join(ROOT, file))
        if (!source) throw new Error(`${file} is not part of tsconfig.json.`)
        return [file, specifiersOf(source)]
      }),
    )
  } finally {
    compiler.close()
  }
}

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
