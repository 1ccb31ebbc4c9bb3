/**
 * Wireless networks, by iwd: its D-Bus interface (doc/*-api.txt of iwd) through busctl(1), and iwd.network(5) for what is known
 * of a network. iwd connects by itself to those that it knows.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ParamsOf, ResultOf } from '../contracts/admin-helper.ts'
import type { WifiNetwork } from '../contracts/admin-results.ts'
import { readFileBounded } from '../host/bounded-file.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { isRecord } from '../protocol/values.ts'
import { kindAt, removeFile, replaceFile } from './files.ts'
import type { Machine } from './machine.ts'
import { RunFailed } from './run.ts'

const BUSCTL = '/usr/bin/busctl'
const IWD = 'net.connman.iwd'
const SCAN_MS = 15_000
const CONNECT_SECONDS = 25
const CONNECT_TRIES = 3
const POLL_MS = 500
/** Of what iwd keeps of a network. */
const MAX_BYTES = 64 * 1024
/** What stands as it is in the name of a file; other names are written in hexadecimal. */
const PLAIN_NAME = /^[A-Za-z0-9_ -]+$/

type Properties = Readonly<Record<string, unknown>>
/** By path and interface. */
type Objects = ReadonlyMap<string, ReadonlyMap<string, Properties>>

/** Looks for networks, which takes some seconds, and gives those in reach, the strongest first. */
export async function listWifi(_: ParamsOf<'wifi/list'>, machine: Machine): Promise<ResultOf<'wifi/list'>> {
  const objects = await objectsOf(machine)
  const station = objects && stationIn(objects)
  if (station === undefined) return { radio: false, networks: [] }
  await scan(machine, station)
  return { radio: true, networks: (await networksOf(machine, station)).map(({ network }) => network) }
}

/** Joins a network that is in reach, and keeps it. A passphrase that is refused is not kept, and the one before it is. */
export async function joinWifi(
  { name, passphrase }: ParamsOf<'wifi/join'>,
  machine: Machine,
): Promise<ResultOf<'wifi/join'>> {
  const objects = await objectsOf(machine)
  const station = objects && stationIn(objects)
  if (station === undefined)
    throw new RpcError('INVALID_PARAMS', 'This machine has no radio for wireless networks.')
  const find = async () => (await networksOf(machine, station)).find(({ network }) => network.name === name)
  let found = await find()
  if (!found) {
    await scan(machine, station)
    found = await find()
  }
  if (!found)
    throw new RpcError(
      'INVALID_PARAMS',
      `No network "${name}" is in reach; "luca wifi list" shows those that are.`,
    )
  const { network, path } = found
  if (network.security === 'enterprise')
    throw new RpcError(
      'INVALID_PARAMS',
      `"${name}" needs an account of an organisation, which is not supported.`,
    )
  const locked = network.security === 'passphrase'
  if (locked && passphrase === undefined && !network.known)
    throw new RpcError('INVALID_PARAMS', `"${name}" needs a passphrase.`)
  const file = fileOf(machine, name)
  const before = await readFileBounded(file, MAX_BYTES)
  const changes = locked && passphrase !== undefined
  if (changes) await keepWifi(machine, { name, passphrase })
  try {
    await connect(machine, path)
  } catch (cause) {
    if (changes) await (before === undefined ? removeFile(file) : replaceFile(file, before, 0o600))
    throw new RpcError(
      'INVALID_PARAMS',
      locked
        ? `"${name}" was not joined: is the passphrase right?`
        : `"${name}" was not joined; it may be too far away.`,
      { cause },
    )
  }
  return {}
}

/**
 * After a passphrase that was refused iwd asks its agent for another, which there is none of, and reads the file at the next
 * try alone; one that was just written it may not have read yet.
 */
async function connect(machine: Machine, path: string): Promise<void> {
  for (let left = CONNECT_TRIES; ; left--) {
    try {
      await call(machine, path, 'Network', 'Connect')
      return
    } catch (error) {
      if (left === 1 || !(error instanceof RunFailed && /no agent/i.test(error.message))) throw error
      await sleep(POLL_MS)
    }
  }
}

/** Leaves a network, and forgets it with its passphrase. */
export async function forgetWifi(
  { name }: ParamsOf<'wifi/forget'>,
  machine: Machine,
): Promise<ResultOf<'wifi/forget'>> {
  const objects = await objectsOf(machine)
  const known = objects && [...objects].find(([, all]) => all.get('KnownNetwork')?.Name === name)
  if (known) await call(machine, known[0], 'KnownNetwork', 'Forget')
  const file = fileOf(machine, name)
  const kept = (await kindAt(file)) !== undefined
  if (kept) await removeFile(file)
  if (!known && !kept)
    throw new RpcError('INVALID_PARAMS', `No network "${name}" is known; "luca wifi list" shows them.`)
  return {}
}

/** Keeps a network for iwd, which joins it when it is in reach. Returns the file. */
export async function keepWifi(
  machine: Machine,
  { name, passphrase }: { name: string; passphrase: string },
): Promise<string> {
  await mkdir(folderOf(machine), { recursive: true, mode: 0o700 })
  const file = fileOf(machine, name)
  // Blanks at the beginning would be left out, and a backslash begins something else.
  const written = passphrase.replaceAll('\\', '\\\\').replace(/^ /, '\\s')
  await replaceFile(file, `[Security]\nPassphrase=${written}\n`, 0o600)
  return file
}

/** iwd.service gets the folder, too. */
const folderOf = ({ state }: Machine) => join(state, 'wifi')
const fileOf = (machine: Machine, name: string): string =>
  join(folderOf(machine), `${PLAIN_NAME.test(name) ? name : `=${Buffer.from(name).toString('hex')}`}.psk`)

async function scan(machine: Machine, station: string): Promise<void> {
  // One that is under way already will do.
  await call(machine, station, 'Station', 'Scan').catch(() => {})
  for (const deadline = machine.now() + SCAN_MS; machine.now() < deadline; await sleep(POLL_MS))
    if ((await objectsOf(machine))?.get(station)?.get('Station')?.Scanning !== true) return
}

async function networksOf(
  machine: Machine,
  station: string,
): Promise<{ network: WifiNetwork; path: string }[]> {
  const objects = (await objectsOf(machine)) ?? new Map()
  const [ordered] = (await call(machine, station, 'Station', 'GetOrderedNetworks')) as [[string, number][]]
  return ordered.flatMap(([path, strength]) => {
    const properties = (objects as Objects).get(path)?.get('Network')
    if (typeof properties?.Name !== 'string') return []
    const network: WifiNetwork = {
      name: properties.Name,
      security: securityOf(properties.Type),
      decibels: Math.round(strength / 100),
      known: properties.KnownNetwork !== undefined,
      connected: properties.Connected === true,
    }
    return [{ network, path }]
  })
}

const securityOf = (type: unknown): WifiNetwork['security'] =>
  type === 'open' ? 'none' : type === 'psk' ? 'passphrase' : 'enterprise'

const stationIn = (objects: Objects): string | undefined =>
  [...objects].find(([, interfaces]) => interfaces.has('Station'))?.[0]

/** All that iwd knows; undefined where it does not run, since there is no radio. */
async function objectsOf(machine: Machine): Promise<Objects | undefined> {
  let said: unknown
  try {
    said = await bus(machine, ['/', 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects'])
  } catch (error) {
    if (error instanceof RunFailed) return undefined
    throw error
  }
  if (!Array.isArray(said)) return undefined
  const [all] = said as [Record<string, Record<string, Record<string, { data: unknown }>>>]
  return new Map(
    Object.entries(all).map(([path, interfaces]) => [
      path,
      new Map(
        Object.entries(interfaces).map(([name, properties]) => [
          name.replace(`${IWD}.`, ''),
          Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, value.data])),
        ]),
      ),
    ]),
  )
}

const call = (machine: Machine, path: string, on: string, method: string): Promise<unknown> =>
  bus(machine, [path, `${IWD}.${on}`, method])

async function bus({ run }: Machine, words: readonly string[]): Promise<unknown> {
  const options = ['--system', '--auto-start=no', '--json=short', `--timeout=${CONNECT_SECONDS}`]
  const text = await run(BUSCTL, [...options, 'call', IWD, ...words])
  const said: unknown = text.trim() === '' ? {} : JSON.parse(text)
  return isRecord(said) ? said.data : undefined
}
