/** Registries of packages within a booted system, which has no network: npm's with packages of this project, and Python's. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import type { System } from './system.ts'

const ROOT = join(import.meta.dirname, '..')
const PORT = 4873

/** A package for Python: one module, whose function "main" is its command. */
export interface PythonPackage {
  name: string
  source: string
}

/** Serves the packages of npm, with all that they need at run time, and one for Python. Gives the address of both. */
export async function serveRegistry(
  system: System,
  packages: readonly string[],
  python: PythonPackage,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'))
  try {
    const manifests = foldersOf(packages).map((path, i) => {
      const file = `${i}.tgz`
      const pack = ['--exclude=./node_modules', '--transform=s,^[.],package,', '-C', join(ROOT, path), '.']
      execFileSync('tar', ['-czf', join(folder, file), ...pack])
      return { ...JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')), file }
    })
    writeFileSync(join(folder, 'packages.json'), JSON.stringify(manifests))
    writeFileSync(join(folder, wheelName(python)), wheelOf(python))
    const all = execFileSync('tar', ['-cz', '-C', folder, '.'], { maxBuffer: 1 << 28 })
    const unpack = 'mkdir -p /srv/registry && base64 -d | tar -xz -C /srv/registry'
    await system.out(['sh', '-c', unpack], { input: all.toString('base64') })
  } finally {
    rmSync(folder, { recursive: true })
  }
  await system.put(
    '/srv/registry/serve.mjs',
    readFileSync(join(import.meta.dirname, 'registry-server.mjs'), 'utf8'),
  )
  const start = [
    'systemd-run',
    '--quiet',
    '--unit=registry',
    '--service-type=notify',
    '--property=NotifyAccess=all',
  ]
  await system.out([...start, 'node', '/srv/registry/serve.mjs', String(PORT)])
  return `http://127.0.0.1:${PORT}/`
}

const moduleOf = ({ name }: PythonPackage) => name.replaceAll('-', '_')
const wheelName = (python: PythonPackage) => `${moduleOf(python)}-1.0-py3-none-any.whl`

/** The archive of a package (https://packaging.python.org/en/latest/specifications/binary-distribution-format/). */
function wheelOf(python: PythonPackage): Uint8Array {
  const module = moduleOf(python)
  const info = `${module}-1.0.dist-info`
  const files = {
    [`${module}.py`]: python.source,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${python.name}\nVersion: 1.0\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/entry_points.txt`]: `[console_scripts]\n${python.name} = ${module}:main\n`,
  }
  const record = [...Object.keys(files), `${info}/RECORD`].map((file) => `${file},,\n`).join('')
  const all = { ...files, [`${info}/RECORD`]: record }
  return zipSync(Object.fromEntries(Object.entries(all).map(([file, text]) => [file, strToU8(text)])))
}

function foldersOf(packages: readonly string[]): string[] {
  const script = join(ROOT, 'scripts/runtime-packages.ts')
  const listed = packages.flatMap((name) =>
    execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', script, name], {
      encoding: 'utf8',
    })
      .trim()
      .split('\n'),
  )
  return [...new Set(listed)]
}
