/** Files of this project as the compiler reads them. */
import { join } from 'node:path'
import type { SourceFile } from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'
import { ROOT } from './appliance.ts'

/** What `read` finds in each file, by the file's path below the root. Each must be part of tsconfig.json. */
export function readSources<T>(files: readonly string[], read: (source: SourceFile) => T): Map<string, T> {
  const compiler = new API()
  try {
    const [project] = compiler.updateSnapshot({ openProject: join(ROOT, 'tsconfig.json') }).getProjects()
    if (!project) throw new Error('tsconfig.json makes no project.')
    return new Map(
      files.map((file) => {
        const source = project.program.getSourceFile(join(ROOT, file))
        if (!source) throw new Error(`${file} is not part of tsconfig.json.`)
        return [file, read(source)]
      }),
    )
  } finally {
    compiler.close()
  }
}
