/**
 * `make native LLAMA=cuda|vulkan`: puts a build of llama.cpp for a GPU beside the one for processors. Its packages are
 * large, so nothing brings them unasked: in package.json they are overridden with an empty one, and pinned as "gpuBuilds".
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './servers.ts'

/** By the kind of GPU: packages with the integrity that the registry states of them. */
type Builds = Record<string, Record<string, string>>

const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
const builds: Builds = read('package.json').gpuBuilds
const optional: Record<string, string> = read('node_modules/node-llama-cpp/package.json').optionalDependencies
const kind = process.argv[2] ?? ''
try {
  const packages = builds[kind]
  if (!packages)
    throw new Error(
      `There is no build of llama.cpp for "${kind}"; there are ${Object.keys(builds).join(' and ')}.`,
    )
  for (const [name, integrity] of Object.entries(packages)) bring(name, optional[name] ?? '', integrity)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = Object.hasOwn(builds, kind) ? 1 : 2
}

/** The version is that of node-llama-cpp itself. */
function bring(name: string, version: string, integrity: string): void {
  const to = join(ROOT, 'node_modules', name)
  const folder = mkdtempSync(join(ROOT, 'node_modules/@node-llama-cpp/.new-'))
  try {
    run('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`])
    const file = join(folder, `${name.slice(1).replace('/', '-')}-${version}.tgz`)
    const digest = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
    if (digest !== integrity)
      throw new Error(
        `${name} ${version} is not what package.json pins as "gpuBuilds" (${digest}); nothing was changed.`,
      )
    run('tar', ['-xzf', file, '-C', folder])
    rmSync(to, { recursive: true, force: true })
    renameSync(join(folder, 'package'), to)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  process.stdout.write(`${name} ${version} is here\n`)
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`${command} failed; a GPU build needs the npm registry.`)
}
