/** Reads the profile as mkarchiso does, for tests. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const PROFILE = import.meta.dirname
export const inProfile = (path: string): string => readFileSync(join(PROFILE, path), 'utf8')

/** Lines of a list, without comments and empty ones. */
export const listOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')

/** A variable of a file that bash reads: each of its values. */
export function values(file: string, variable: string): string[] {
  // mkarchiso has declared it before.
  const script = `set -eu; declare -A file_permissions; . "$1"; printf '%s\\0' "\${${variable}[@]}"`
  const env = { ...process.env, VERSION: '1.2.3', SOURCE_DATE_EPOCH: '1700000000' }
  return execFileSync('bash', ['-c', script, 'bash', join(PROFILE, file)], { encoding: 'utf8', env })
    .split('\0')
    .slice(0, -1)
}

/** Owner, group and mode that the profile gives to paths of the image. */
export function filePermissions(): Map<string, string> {
  const paths = values('profiledef.sh', '!file_permissions')
  const modes = values('profiledef.sh', 'file_permissions')
  return new Map(paths.map((path, index) => [path, modes[index] ?? '']))
}
