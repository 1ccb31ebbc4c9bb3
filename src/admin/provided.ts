/**
 * What was provided from outside: a file `llmbasedos.yaml` on the boot medium or a stick, which the ramdisk puts in
 * memory, and system credentials, by SMBIOS or the kernel's command line. What is wrong in it is left out and told.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ADMIN_VERBS } from '../contracts/admin-helper.ts'
import type { ConfigurationName } from '../contracts/admin-results.ts'
import { isHostName, isSshKey, LOCALITY, type Locality, WIFI } from '../contracts/admin-rules.ts'
import { readFileBounded } from '../host/bounded-file.ts'
import { ConfigError } from '../host/config.ts'
import { yamlParser } from '../host/config-yaml.ts'
import { readCredential } from '../host/credentials.ts'
import { isRecord } from '../protocol/values.ts'
import type { Machine } from './machine.ts'
import { noneIfMissing } from './userdb.ts'

export interface Provided {
  hostname?: string
  /** Undefined where none were provided; an empty list takes those of an earlier boot away. */
  keys?: string[]
  licence?: string
  secrets: { server: string; user: string | null; name: string; value: string }[]
  /** What holds where nobody chose otherwise on the machine. */
  locality: Partial<Locality>
  /** Wireless networks that are joined when they are in reach. */
  wifi: { name: string; passphrase: string }[]
  /** Files of configuration by name, as they would hold it. */
  configurations: { [name in ConfigurationName]?: object }
}

const CREDENTIALS = {
  file: 'llmbasedos.provision',
  hostname: 'llmbasedos.hostname',
  keys: 'llmbasedos.ssh-keys',
  licence: 'llmbasedos.licence',
}
const MAX_BYTES = 256 * 1024
const SECRET = ADMIN_VERBS['secret/set'].params

/** Later sources win: files by name, the file that came as a credential, and single credentials. */
export async function readProvided(machine: Machine, problem: (sentence: string) => void): Promise<Provided> {
  const provided: Provided = { secrets: [], locality: {}, wifi: [], configurations: {} }
  const names = await readdir(machine.provided).catch(noneIfMissing)
  for (const name of names.filter((name) => name.endsWith('.yaml')).sort()) {
    const text = await readFileBounded(join(machine.provided, name), MAX_BYTES).catch((error: Error) =>
      problem(`${name}: it cannot be read: ${error.message}`),
    )
    if (text !== undefined) await takeFile(name, text, provided, problem)
  }
  const file = await readCredential(CREDENTIALS.file)
  if (file !== undefined) await takeFile(CREDENTIALS.file, file, provided, problem)

  const take = (what: keyof typeof TAKERS, name: string, value: unknown) =>
    TAKERS[what](value, provided, (sentence) => problem(`${name}: ${sentence}`))
  const hostname = await readCredential(CREDENTIALS.hostname)
  if (hostname !== undefined) take('hostname', CREDENTIALS.hostname, hostname)
  const keys = await readCredential(CREDENTIALS.keys)
  if (keys !== undefined) take('ssh-keys', CREDENTIALS.keys, keys.split('\n').filter(isNoComment))
  const licence = await readCredential(CREDENTIALS.licence)
  if (licence !== undefined) take('licence', CREDENTIALS.licence, licence)
  return provided
}

const isNoComment = (line: string) => line.trim() !== '' && !line.trim().startsWith('#')

async function takeFile(
  name: string,
  text: string,
  provided: Provided,
  problem: (sentence: string) => void,
): Promise<void> {
  let value: unknown
  try {
    value = (await yamlParser(name))(text)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return problem(error.message)
  }
  if (!isRecord(value))
    return problem(`${name}: it must hold settings by name: ${Object.keys(TAKERS).join(', ')}.`)
  for (const [key, given] of Object.entries(value))
    if (Object.hasOwn(TAKERS, key))
      TAKERS[key as keyof typeof TAKERS](given, provided, (sentence) =>
        problem(`${name}: ${key}: ${sentence}`),
      )
    else problem(`${name}: "${key.slice(0, 40)}" is none of ${Object.keys(TAKERS).join(', ')}.`)
}

type Taker = (value: unknown, provided: Provided, problem: (sentence: string) => void) => void

const localityPart =
  (part: keyof Locality): Taker =>
  (value, provided, problem) => {
    if (LOCALITY[part].fits(value)) provided.locality[part] = value
    else problem(`it must be ${LOCALITY[part].allowed}.`)
  }

/** What may be provided, by name: takes what is right, and tells what is not. Values are never told: they may be secrets. */
const TAKERS = {
  hostname(value, provided, problem) {
    const name = typeof value === 'string' ? value.trim() : ''
    if (isHostName(name)) provided.hostname = name
    else problem('it is no host name: letters, digits and "-", 64 characters at most.')
  },
  keyboard: localityPart('keyboard'),
  timezone: localityPart('timezone'),
  language: localityPart('language'),
  'ssh-keys'(value, provided, problem) {
    if (!Array.isArray(value)) return problem('it must be a list of public keys.')
    const lines = value.map((line) => (typeof line === 'string' ? line.trim() : ''))
    const wrong = lines.filter((line) => !isSshKey(line)).length
    if (wrong > 0)
      problem(`${wrong} of ${lines.length} are no public key, or have options; they were left out.`)
    if (wrong < lines.length || lines.length === 0) provided.keys = lines.filter(isSshKey)
  },
  licence(value, provided, problem) {
    if (typeof value === 'string' && SECRET.value.fits(value)) provided.licence = value
    else problem('it must be the text of a licence file.')
  },
  secrets(value, provided, problem) {
    if (!Array.isArray(value)) return problem('it must be a list of server, user, name and value.')
    for (const [i, one] of value.entries()) {
      const { server, user = null, name, value: secret, ...more } = isRecord(one) ? one : {}
      const wrong = [
        SECRET.server.fits(server) ? [] : `"server" must be ${SECRET.server.allowed}`,
        user === null || SECRET.user.fits(user) ? [] : `"user" must be ${SECRET.user.allowed}`,
        SECRET.name.fits(name) ? [] : `"name" must be ${SECRET.name.allowed}`,
        SECRET.value.fits(secret) ? [] : `"value" must be ${SECRET.value.allowed}`,
        Object.keys(more).length === 0 ? [] : 'it has server, user, name and value, and nothing else',
      ].flat()
      if (wrong.length > 0) problem(`number ${i + 1}: ${wrong.join('; ')}.`)
      else provided.secrets.push({ server, user, name, value: secret } as Provided['secrets'][number])
    }
  },
  wifi(value, provided, problem) {
    if (!Array.isArray(value)) return problem('it must be a list of name and passphrase.')
    for (const [i, one] of value.entries()) {
      const { name, passphrase, ...more } = isRecord(one) ? one : {}
      const wrong = [
        WIFI.name.fits(name) ? [] : `"name" must be ${WIFI.name.allowed}`,
        WIFI.passphrase.fits(passphrase) ? [] : `"passphrase" must be ${WIFI.passphrase.allowed}`,
        Object.keys(more).length === 0 ? [] : 'it has name and passphrase, and nothing else',
      ].flat()
      if (wrong.length > 0) problem(`number ${i + 1}: ${wrong.join('; ')}.`)
      else provided.wifi.push({ name, passphrase } as Provided['wifi'][number])
    }
  },
  configuration(value, provided, problem) {
    if (isRecord(value)) provided.configurations.gateway = value
    else problem("it must hold the gateway's settings by name.")
  },
  models(value, provided, problem) {
    if (isRecord(value)) provided.configurations.models = value
    else problem('it must hold "providers" and "models" by name.')
  },
} satisfies Record<string, Taker>
