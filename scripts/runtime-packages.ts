/**
 * Prints the folders of a package and of all that it needs at run time, from the repository's root, one a line. Packages
 * that are named after it are left out, with what only they need.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { ROOT } from './servers.ts'

interface Manifest {
  dependencies?: Record<string, string>
}

const [wanted = '', ...without] = process.argv.slice(2)
const found = new Set<string>()
collect(wanted, ROOT)
for (const folder of [...found].sort()) process.stdout.write(`${relative(ROOT, folder)}\n`)

function collect(name: string, from: string): void {
  if (without.includes(name)) return
  const folder = resolvePackage(name, from)
  if (found.has(folder)) return
  found.add(folder)
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  for (const dependency of Object.keys(dependencies)) collect(dependency, folder)
}

/** As Node looks for packages: in each node_modules on the way up. */
function resolvePackage(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(candidate)) return candidate
    if (folder === dirname(folder)) throw new Error(`The package ${name} is not installed; run "make setup".`)
  }
}
