/** What a service is given besides its sockets: variables, folders and credentials, as systemd would. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CREDENTIAL_STORE, mapPathList, type Places, pathMap } from '../command/installation.ts'
import { readBytesBoundedSync } from '../host/bounded-file.ts'
import { joinPaths } from '../host/path-list.ts'
import type { ServiceUnit } from './units/service-unit.ts'

/** As systemd has it. */
const MAX_CREDENTIAL_BYTES = 1024 * 1024
/** All that a service sees of the environment that `luca up` was started in. */
const INHERITED = ['PATH', 'LANG', 'TZ', 'HOME'] as const

/** Makes the service's folders, puts its credentials in place, and gives its whole environment. */
export function prepareEnvironment(
  unit: ServiceUnit,
  places: Places,
  outer: NodeJS.ProcessEnv,
): Record<string, string> {
  const map = pathMap(places)
  const environment: Record<string, string> = {}
  for (const name of INHERITED) if (outer[name] !== undefined) environment[name] = outer[name]
  for (const [name, value] of Object.entries(unit.environment)) environment[name] = mapPathList(map, value)
  for (const { variable, paths } of unit.directories) {
    const folders = paths.map(map)
    for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 })
    environment[variable] = joinPaths(folders)
  }
  if (environment.NODE_COMPILE_CACHE) clearOfOdd(environment.NODE_COMPILE_CACHE)
  if (unit.credentials.length + unit.importedCredentials.length > 0)
    environment.CREDENTIALS_DIRECTORY = placeCredentials(unit, map(join('/run/credentials', unit.id)), map)
  return environment
}

/** Node opens what it finds in its cache, and would wait for whoever writes a pipe. What is no file there is of no use. */
function clearOfOdd(cache: string): void {
  for (const entry of existsSync(cache) ? readdirSync(cache, { recursive: true, withFileTypes: true }) : [])
    if (!entry.isFile() && !entry.isDirectory()) rmSync(join(entry.parentPath, entry.name), { force: true })
}

function placeCredentials(unit: ServiceUnit, folder: string, map: (path: string) => string): string {
  // A secret that was removed must not be there any longer.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const imported = imports(unit.importedCredentials, map(CREDENTIAL_STORE))
  for (const { name, path } of [...unit.credentials.map((c) => ({ ...c, path: map(c.path) })), ...imported]) {
    const target = join(folder, name)
    const credential = readBytesBoundedSync(path, MAX_CREDENTIAL_BYTES)
    if (!credential)
      throw new Error(`There is no file ${path}, which ${unit.id} is given as the credential ${name}.`)
    writeFileSync(target, credential, { mode: 0o400 })
  }
  return folder
}

const fits = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

/** The secrets whose names fit one of the patterns. */
function imports(patterns: readonly string[], store: string): { name: string; path: string }[] {
  const names = existsSync(store) ? readdirSync(store) : []
  return names
    .filter((name) => patterns.some((pattern) => fits(name, pattern)))
    .map((name) => ({ name, path: join(store, name) }))
}
