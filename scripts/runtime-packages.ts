/**
 * Packages and all that they need at run time. As a program it prints the folders of the package that is named first, from
 * the repository's root, one a line; packages that are named after it are left out, with what only they need.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { ROOT } from './servers.ts'

interface Manifest {
  dependencies?: Record<string, string>
}

/** Their folders, from the repository's root. */
export function packageFolders(wanted: readonly string[], without: readonly string[] = []): string[] {
  const found = new Set<string>()
  for (const name of wanted) collect(name, ROOT)
  return [...found].map((folder) => relative(ROOT, folder)).sort()

  function collect(name: string, from: string): void {
    if (without.includes(name)) return
    const folder = resolvePackage(name, from)
    if (found.has(folder)) return
    found.add(folder)
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
    for (const dependency of Object.keys(dependencies)) collect(dependency, folder)
  }
}

/** As Node looks for packages: in each node_modules on the way up. */
function resolvePackage(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(candidate)) return candidate
    if (folder === dirname(folder)) throw new Error(`The package ${name} is not installed; run "make setup".`)
  }
}

if (import.meta.main) {
  const [wanted = '', ...without] = process.argv.slice(2)
  for (const folder of packageFolders([wanted], without)) process.stdout.write(`${folder}\n`)
}
