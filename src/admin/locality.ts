/**
 * Where the machine stands: its keyboard, its time zone, and the language of dates and orders. /etc is read-only in the image,
 * so what was chosen is kept in the state folder and applied at every boot.
 */
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ParamsOf, ResultOf } from '../contracts/admin-helper.ts'
import { LOCALITY, type Locality } from '../contracts/admin-rules.ts'
import { readFileBounded } from '../host/bounded-file.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { isRecord } from '../protocol/values.ts'
import { kindAt, replaceFile, replaceLink } from './files.ts'
import type { Machine } from './machine.ts'
import { noneIfMissing } from './userdb.ts'

type Chosen = Partial<Locality>
type Part = keyof Locality

const MAX_BYTES = 64 * 1024
/** Of what the image comes with. */
const DEFAULTS: Locality = { keyboard: 'us', timezone: 'UTC', language: 'C' }
/** Where Debian and Arch have the sources of keyboards. */
const KEYBOARD_FOLDERS = ['keymaps/i386', 'kbd/keymaps/i386']
const KEYBOARD_FILE = /^(.+)\.k?map\.gz$/
const LANGUAGE_FOLDER = /^([A-Za-z_]+)\.utf8$/

/** The units that give the keyboard to the screen, and to the passphrase of encrypted data. */
const TAKE_KEYBOARD = ['llmbasedos-vconsole.service', 'llmbasedos-passphrase.service']

const fileOf = ({ state }: Machine) => join(state, 'locality.json')

/** What holds now, whether it was chosen, and what could be chosen. */
export async function getLocality(
  _: ParamsOf<'locality/get'>,
  machine: Machine,
): Promise<ResultOf<'locality/get'>> {
  const chosen = await readChosen(machine)
  return {
    ...DEFAULTS,
    ...chosen,
    chosen: PARTS.every((part) => chosen[part] !== undefined),
    keyboards: await keyboardsOf(machine),
    languages: await languagesOf(machine),
  }
}

/** The keyboard that holds now. */
export const keyboardOf = async (machine: Machine): Promise<string> =>
  (await readChosen(machine)).keyboard ?? DEFAULTS.keyboard

/** Changes what is given, and applies it at once. Throws for what this machine does not have, before anything is changed. */
export async function setLocality(
  params: ParamsOf<'locality/set'>,
  machine: Machine,
): Promise<ResultOf<'locality/set'>> {
  await mustBeThere(machine, params)
  const chosen = { ...(await readChosen(machine)), ...params }
  await keep(machine, chosen)
  await apply(machine, chosen)
  if (params.keyboard !== undefined)
    await machine.run('/usr/bin/systemctl', ['start', '--', ...TAKE_KEYBOARD])
  return { ...DEFAULTS, ...chosen }
}

/** At boot: what was chosen, else what was provided. Throws for what this machine does not have; the rest is applied. */
export async function applyLocality(machine: Machine, provided: Chosen): Promise<void> {
  const before = await readChosen(machine)
  const problems: unknown[] = []
  const usable: Chosen = {}
  for (const part of PARTS) {
    const value = provided[part]
    if (value === undefined || before[part] !== undefined) continue
    await mustBeThere(machine, { [part]: value }).then(
      () => Object.assign(usable, { [part]: value }),
      (error: unknown) => problems.push(error),
    )
  }
  const chosen = { ...before, ...usable }
  if (Object.keys(usable).length > 0) await keep(machine, chosen)
  await apply(machine, chosen)
  if (problems[0] !== undefined) throw problems[0]
}

const PARTS = Object.keys(LOCALITY) as Part[]

async function readChosen(machine: Machine): Promise<Chosen> {
  const text = await readFileBounded(fileOf(machine), MAX_BYTES)
  let value: unknown
  try {
    value = JSON.parse(text ?? '{}')
  } catch {
    return {}
  }
  if (!isRecord(value)) return {}
  return Object.fromEntries(
    PARTS.flatMap((part) => (LOCALITY[part].fits(value[part]) ? [[part, value[part]]] : [])),
  )
}

async function keep(machine: Machine, chosen: Chosen): Promise<void> {
  await replaceFile(fileOf(machine), `${JSON.stringify(chosen)}\n`, 0o644)
  // For the scripts that load it, and that have the disk's passphrase typed with it.
  await replaceFile(join(machine.state, 'keyboard'), `${chosen.keyboard ?? DEFAULTS.keyboard}\n`, 0o644)
}

async function apply(machine: Machine, chosen: Chosen): Promise<void> {
  const { timezone, language } = { ...DEFAULTS, ...chosen }
  await replaceLink(join(machine.etc, 'localtime'), `../usr/share/zoneinfo/${timezone}`)
  const locale = `LANG=${language}.UTF-8\n`
  await replaceFile(join(machine.etc, 'locale.conf'), locale, 0o644)
  // PAM gives this to the programs of a user who logs in.
  const others = ((await readFileBounded(join(machine.etc, 'environment'), MAX_BYTES)) ?? '').replace(
    /^LANG=.*\n/gm,
    '',
  )
  await replaceFile(join(machine.etc, 'environment'), others + locale, 0o644)
}

async function mustBeThere(machine: Machine, { keyboard, timezone, language }: Chosen): Promise<void> {
  const missing = (what: string, list: string) =>
    new RpcError('INVALID_PARAMS', `There is no ${what} here; ${list}`)
  if (keyboard !== undefined && !(await keyboardsOf(machine)).includes(keyboard))
    throw missing(`keyboard "${keyboard}"`, '"luca keyboard list" lists them.')
  if (timezone !== undefined && !(await isFile(join(machine.share, 'zoneinfo', timezone))))
    throw missing(
      `time zone "${timezone}"`,
      'they have names such as "Europe/Berlin": "luca timezone list" has them all.',
    )
  if (language !== undefined && !(await languagesOf(machine)).includes(language))
    throw missing(`language "${language}"`, '"luca language list" lists them.')
}

/** Zones are files, some by links; the names of regions are folders. */
const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )

async function keyboardsOf({ share }: Machine): Promise<string[]> {
  const names = new Set<string>()
  for (const folder of KEYBOARD_FOLDERS)
    for (const path of await readdir(join(share, folder), { recursive: true }).catch(noneIfMissing)) {
      const [, name] = KEYBOARD_FILE.exec(basename(path)) ?? []
      if (name !== undefined && LOCALITY.keyboard.fits(name) && !path.startsWith('include/')) names.add(name)
    }
  return [...names].sort()
}

async function languagesOf({ share }: Machine): Promise<string[]> {
  const all = join(share, '../lib/locale')
  const names: string[] = []
  for (const folder of await readdir(all).catch(noneIfMissing)) {
    const [, name] = LANGUAGE_FOLDER.exec(folder) ?? []
    // Others have only what languages have in common.
    if (name !== undefined && (await kindAt(join(all, folder, 'LC_IDENTIFICATION'))) !== undefined)
      names.push(name)
  }
  return ['C', ...names.filter((name) => name !== 'C').sort()]
}
