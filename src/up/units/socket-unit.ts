/** What the directives of a socket that `luca up` honours say. Paths are still those of the image. */
import type { Unit } from './unit.ts'
import { UnitError } from './unit-file.ts'
import { formatUnitName } from './unit-name.ts'

export type Address = { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number }

export interface SocketUnit {
  id: string
  address: Address
  /** Permissions of the socket's file. */
  mode: number
  /** The name that the descriptor has for its service. */
  descriptorName: string
  /** The unit that a connection starts. */
  service: string
  symlinks: string[]
}

const SECTION = 'Socket'

export function socketUnit(unit: Unit): SocketUnit {
  const listen = unit.required(SECTION, 'ListenStream')
  if (unit.all(SECTION, 'ListenStream').length > 1)
    throw new UnitError(`${listen.origin}: one ListenStream= a unit, so that each has a name of its own.`)
  return {
    id: unit.id,
    address: parseAddress(listen.value, listen.origin),
    mode: Number.parseInt(unit.last(SECTION, 'SocketMode')?.value ?? '0666', 8),
    descriptorName: unit.last(SECTION, 'FileDescriptorName')?.value ?? unit.id,
    service: unit.last(SECTION, 'Service')?.value ?? formatUnitName({ ...unit.name, type: 'service' }),
    symlinks: unit.all(SECTION, 'Symlinks').flatMap(({ value }) => value.split(/\s+/)),
  }
}

function parseAddress(text: string, origin: string): Address {
  if (text.startsWith('/')) return { kind: 'unix', path: text }
  const match = /^(?:(\d+\.\d+\.\d+\.\d+):)?(\d{1,5})$/.exec(text)
  const port = Number(match?.[2])
  if (!match || port > 65_535)
    throw new UnitError(
      `${origin}: "${text}" is neither a path, nor a port, nor an IPv4 address with a port.`,
    )
  return { kind: 'tcp', host: match[1] ?? '0.0.0.0', port }
}
