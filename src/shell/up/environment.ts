/** What a service is given besides its sockets: variables, folders and credentials, as systemd would. */
import { chmodSync, copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ServiceUnit } from '../units/service-unit.ts'
import { mapPathList, type Places, pathMap } from './places.ts'

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
    environment[variable] = folders.join(':')
  }
  if (unit.credentials.length > 0)
    environment.CREDENTIALS_DIRECTORY = placeCredentials(unit, map(join('/run/credentials', unit.id)), map)
  return environment
}

function placeCredentials(unit: ServiceUnit, folder: string, map: (path: string) => string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const { name, path } of unit.credentials) {
    const target = join(folder, name)
    rmSync(target, { force: true })
    copyFileSync(map(path), target)
    chmodSync(target, 0o400)
  }
  return folder
}
