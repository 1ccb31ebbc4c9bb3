/**
 * `make native LLAMA=cuda|vulkan`: puts a build of llama.cpp for a GPU beside the one for processors. Its packages are
 * large, so nothing brings them unasked: in package.json they are overridden with an empty one.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './servers.ts'

const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  cuda: ['linux-x64-cuda', 'linux-x64-cuda-ext'],
  vulkan: ['linux-x64-vulkan'],
}

const kind = process.argv[2] ?? ''
const packages = PACKAGES[kind]
if (!packages) {
  process.stderr.write(
    `There is no build of llama.cpp for "${kind}"; there are ${Object.keys(PACKAGES).join(' and ')}.\n`,
  )
  process.exit(2)
}
const scope = join(ROOT, 'node_modules/@node-llama-cpp')
const manifest = readFileSync(join(ROOT, 'node_modules/node-llama-cpp/package.json'), 'utf8')
const { optionalDependencies } = JSON.parse(manifest) as { optionalDependencies: Record<string, string> }
for (const name of packages) bring(name, optionalDependencies[`@node-llama-cpp/${name}`] ?? '')

/** The version is that of node-llama-cpp itself; npm checks what it gets. */
function bring(name: string, version: string): void {
  const folder = mkdtempSync(join(scope, '.new-'))
  try {
    run('npm', ['pack', '--silent', '--pack-destination', folder, `@node-llama-cpp/${name}@${version}`])
    run('tar', ['-xzf', join(folder, `node-llama-cpp-${name}-${version}.tgz`), '-C', folder])
    rmSync(join(scope, name), { recursive: true, force: true })
    renameSync(join(folder, 'package'), join(scope, name))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  process.stdout.write(`@node-llama-cpp/${name} ${version} is here\n`)
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status === 0) return
  process.stderr.write(`${command} failed; a GPU build needs the npm registry.\n`)
  process.exit(1)
}
