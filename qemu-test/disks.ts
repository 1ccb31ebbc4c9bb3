/** Images of disks for machines, in a folder that ends with the tests. */
import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { ROOT } from '../scripts/servers.ts'

export const folder: string = mkdtempSync(join(tmpdir(), 'disks-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a command with the tools of the tree. */
export const tool = (...words: string[]): Buffer =>
  execFileSync(join(ROOT, 'iso/in-tools.sh'), words, { stdio: 'pipe' })

/** A disk with nothing on it, of so many MiB. */
export function emptyDisk(name: string, mib: number = 3072): string {
  const path = join(folder, name)
  const file = openSync(path, 'w')
  ftruncateSync(file, mib * 1024 ** 2)
  closeSync(file)
  return path
}

/** A disk whose file system is the place of the data. */
export function dataDisk(name: string): string {
  const path = emptyDisk(name, 1024)
  tool('mkfs.ext4', '-q', '-L', 'LLMBASEDOS-DATA', path)
  return path
}

/** What the file system says of itself on a disk that luca prepared. */
export const fileSystemOf = (disk: string): string =>
  tool('debugfs', '-R', 'show_super_stats -h', `${disk}?offset=${1024 ** 2}`).toString()

/** A disk with a tree of packages (iso/trees), which can only be read. */
export function diskOfTree(name: string): string {
  const tree = execFileSync(join(ROOT, 'iso/tree.sh'), [name], { encoding: 'utf8' }).trim()
  const path = join(folder, name)
  tool('mkfs.erofs', '--quiet', path, tree)
  return `${path}:ro`
}

/** A stick with FAT, and `llmbasedos.yaml` on it. */
export function stickWith(content: string): string {
  const path = emptyDisk('stick', 16)
  const source = join(folder, 'llmbasedos.yaml')
  writeFileSync(source, content)
  tool('sh', '-c', `mkfs.vfat ${path} >/dev/null && mcopy -i ${path} ${source} ::llmbasedos.yaml`)
  return path
}
