/** Which services there are, with their sockets: read from unit files before anything is started. */
import { type ServiceUnit, serviceUnit } from './units/service-unit.ts'
import { type SocketUnit, socketUnit } from './units/socket-unit.ts'
import type { UnitFolders } from './units/unit.ts'
import type { Assignment } from './units/unit-file.ts'
import { parseUnitName } from './units/unit-name.ts'

/** The drop-ins of this instance are those of whoever owns the machine. */
const OWNER = 'owner'
export const GATEWAY = 'llmbasedos-gateway.service'
/** HTTPS is for the network; `luca up` serves this machine alone. */
const GATEWAY_SOCKETS = ['llmbasedos-gateway.socket', 'llmbasedos-gateway-http.socket']
const SERVER_SOCKET = /^mcp-[^@]+@?\.socket$/
/** What is read before anything is started: every service with its sockets. */
export interface Plan {
  services: { service: ServiceUnit; sockets: SocketUnit[] }[]
  notApplied: Assignment[]
}

/** Reads the units of the gateway and of every server. Throws a UnitError for what can't be honoured. */
export const planAppliance = (folders: UnitFolders, instance: string): Plan =>
  planOf([...GATEWAY_SOCKETS, ...folders.list(SERVER_SOCKET)], folders, instance)

/** Reads socket units and the services that they are for. */
export function planOf(socketFiles: readonly string[], folders: UnitFolders, instance: string): Plan {
  const read = (file: string) => {
    const name = parseUnitName(file)
    return folders.read(name.instance === undefined ? name : { ...name, instance }, [OWNER])
  }
  const sockets = socketFiles.map(read)
  const plans = Map.groupBy(sockets, (unit) => socketUnit(unit).service)
  const services = [...plans].map(([id, units]) => ({ unit: read(id), units }))
  return {
    services: services.map(({ unit, units }) => ({
      service: serviceUnit(unit),
      sockets: units.map(socketUnit),
    })),
    notApplied: services.flatMap(({ unit, units }) => [unit, ...units]).flatMap((unit) => unit.notApplied),
  }
}
