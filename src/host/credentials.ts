/** Secrets that the service manager hands to this process as files: LoadCredential= in systemd.exec(5). */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readFileBounded } from './bounded-file.ts'
import { directories } from './directories.ts'

const MAX_BYTES = 1024 * 1024
/** What the root helper keeps for a service: `<unit>.<user>.<name>`. */
const SECRET = /^[a-z][a-z0-9-]*\.[a-z0-9_-]+\.(.+)$/

/**
 * The text of the credential, without a newline at its end; undefined if this process was given none of that
 * name. Throws for a name that is no plain file name, and for a credential that is no regular file, is above 1 MiB, or may be read or
 * changed by others.
 */
export async function readCredential(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  if (name === '' || name.startsWith('.') || /[/\0]/.test(name))
    throw new Error(
      `"${name}" is no name of a credential: it must be a file name that does not begin with a dot.`,
    )
  const folder = directories(env).credentials
  if (folder === undefined) return undefined
  const file = (await readdir(folder).catch(() => [])).find((file) => SECRET.exec(file)?.[1] === name) ?? name
  const text = await readFileBounded(join(folder, file), MAX_BYTES, { secret: true })
  return text?.replace(/\r?\n$/, '')
}

/** All that was kept for this service by `luca secret set`, by the names that it was kept under. */
export async function readSecrets(env: NodeJS.ProcessEnv = process.env): Promise<Record<string, string>> {
  const folder = directories(env).credentials
  const files = folder === undefined ? [] : await readdir(folder).catch(() => [])
  const names = files.flatMap((file) => SECRET.exec(file)?.[1] ?? [])
  const secrets = await Promise.all(
    names.map(async (name) => [name, (await readCredential(name, env)) ?? '']),
  )
  return Object.fromEntries(secrets)
}
