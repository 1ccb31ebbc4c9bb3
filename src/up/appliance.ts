/** The whole appliance on this machine without systemd: reads the unit files, opens the sockets, runs the services. */
import { mkdirSync } from 'node:fs'
import { statusesBeside } from '../command/background.ts'
import { CliError } from '../command/cli-error.ts'
import {
  addedCapsIn,
  addedUnitsIn,
  commandMap,
  gatewaySocketIn,
  hiddenFolders,
  type Places,
  pathMap,
} from '../command/installation.ts'
import { GatewayLink } from '../command/link.ts'
import { fileLine, type Level, levelOfPriority, readRecord, textOf } from '../command/log/record.ts'
import { PRODUCT } from '../command/version.ts'
import { joinPaths, splitPaths } from '../host/path-list.ts'
import { AddedServices } from './added-services.ts'
import { prepareEnvironment } from './environment.ts'
import { launch } from './launch.ts'
import { type Listener, openListener } from './listener.ts'
import { lockState } from './lock.ts'
import { ownerToken } from './owner-token.ts'
import { GATEWAY, type Plan, planAppliance } from './plan.ts'
import { Poller } from './poller.ts'
import { untilReady } from './readiness.ts'
import { Reaper } from './reaper.ts'
import { Service } from './service.ts'
import { Statuses } from './statuses.ts'
import type { ServiceUnit } from './units/service-unit.ts'
import type { SocketUnit } from './units/socket-unit.ts'
import { UnitFolders } from './units/unit.ts'
import type { Assignment } from './units/unit-file.ts'

/** How long the gateway may take until it is ready, in milliseconds. */
const READY_WITHIN_MS = 30_000
/** How many of the gateway's last lines are shown when it does not start. */
const LAST_LINES = 20

export interface ApplianceOptions {
  places: Places
  /** In place of the port in the unit; 0 for a free one. */
  port: number | undefined
  noAuth: boolean
  /** More folders of unit files, which count before the installation's. */
  units: readonly string[]
  /** More folders of descriptors. */
  caps: readonly string[]
  env: NodeJS.ProcessEnv
  /** Aborts the start. */
  stop: AbortSignal
  /** Makes stopping immediate: services are killed instead of given time. */
  now: AbortSignal
  /** Takes what a service of a unit said, or what is said about it. */
  log(unit: string, said: string, level?: Level): void
}

export class Appliance {
  readonly #options: ApplianceOptions
  readonly #plan: Plan
  readonly #lock: { release(): void }
  readonly #poller: Poller
  readonly #reaper: Reaper
  readonly #statuses: Statuses
  readonly #listeners: Listener[] = []
  readonly #services = new Map<string, Service>()
  readonly #added: AddedServices
  readonly #gatewayLines: string[] = []
  readonly #onExit = () => {
    for (const service of this.#services.values()) service.kill()
  }
  /** Aborted with the reason when the gateway ends before it is ready. */
  readonly #gatewayEnded = new AbortController()

  private constructor(options: ApplianceOptions) {
    this.#options = options
    const { places, units } = options
    this.#plan = planAppliance(new UnitFolders([...units, places.units]), places.instance)
    this.#lock = lockState(places.state)
    // There before the gateway begins to watch it.
    mkdirSync(addedCapsIn(places.state), { recursive: true, mode: 0o700 })
    this.#added = new AddedServices({
      folder: addedUnitsIn(places.state),
      others: [...units, places.units],
      instance: places.instance,
      start: (plan) => this.#startAdded(plan),
      log: (line) => options.log('luca-up', line, 'warn'),
    })
    this.#poller = new Poller()
    this.#reaper = new Reaper()
    this.#statuses = new Statuses(statusesBeside(gatewaySocketIn(places.state)))
    process.once('exit', this.#onExit)
  }

  /** Starts everything. When it can't, or `stop` aborts, ends what was started and rejects. */
  static async start(options: ApplianceOptions): Promise<Started> {
    const appliance = new Appliance(options)
    try {
      const ready = await appliance.#start()
      return { ...ready, notApplied: appliance.#plan.notApplied, stop: () => appliance.#stop() }
    } catch (error) {
      await appliance.#stop()
      throw error
    }
  }

  /** Ends every service, the gateway first so that calls in progress can finish. */
  async #stop(): Promise<void> {
    const { now } = this.#options
    await this.#added.close()
    await this.#services.get(GATEWAY)?.stop(now)
    await Promise.all([...this.#services.values()].map((service) => service.stop(now)))
    await this.#poller.close()
    await this.#reaper.close()
    this.#statuses.close()
    for (const listener of this.#listeners) listener.close()
    process.removeListener('exit', this.#onExit)
    this.#lock.release()
  }

  async #start(): Promise<Ready> {
    const { places, noAuth, stop } = this.#options
    const listeners = new Map(
      this.#plan.services.map(({ service, sockets }) => [service.id, sockets.map((s) => this.#open(s))]),
    )
    for (const { service } of this.#plan.services)
      this.#services.set(service.id, this.#service(service, listeners.get(service.id) ?? []))

    const port = this.#listeners.find((listener) => listener.port !== undefined)?.port as number
    const late = AbortSignal.timeout(READY_WITHIN_MS)
    const until = AbortSignal.any([stop, late, this.#gatewayEnded.signal])
    try {
      const token = noAuth ? undefined : await this.#token(until)
      await untilReady(port, token, until)
      await this.#added.watch()
      return { port, token, servers: [...this.#services.keys()].filter((id) => id !== GATEWAY), places }
    } catch (cause) {
      stop.throwIfAborted()
      if (!until.aborted) throw cause
      const what = late.aborted
        ? `was not ready within ${READY_WITHIN_MS / 1000} s`
        : this.#gatewayEnded.signal.reason
      const lines = this.#gatewayLines
        .map((line) => `\n  ${textOf(readRecord(fileLine(GATEWAY, line)))}`)
        .join('')
      throw new CliError('failed', `The gateway ${what}. The last it said:${lines || ' nothing.'}`, { cause })
    }
  }

  /** Starts what was added; gives what ends it again. */
  #startAdded({ services: [planned] }: Plan): () => Promise<void> {
    if (!planned) return async () => {}
    const listeners = planned.sockets.map((socket) => this.#open(socket))
    const { id } = planned.service
    const service = this.#service(planned.service, listeners)
    this.#services.set(id, service)
    return async () => {
      this.#services.delete(id)
      await service.stop(this.#options.now)
      for (const listener of listeners) {
        this.#listeners.splice(this.#listeners.indexOf(listener), 1)
        listener.close()
      }
    }
  }

  #open(unit: SocketUnit): Listener {
    const { places, port } = this.#options
    const { address } = unit
    const chosen =
      address.kind === 'tcp' && port !== undefined ? { ...unit, address: { ...address, port } } : unit
    const listener = openListener(chosen, pathMap(places))
    this.#listeners.push(listener)
    return listener
  }

  #service(unit: ServiceUnit, sockets: readonly Listener[]): Service {
    const isGateway = unit.id === GATEWAY
    const name = unit.id.replace(/\.service$/, '')
    const onLine = (line: string) => {
      // A line may begin with its priority, as sd-daemon(3) describes.
      const [, priority, said = ''] = /^(?:<([0-7])>)?(.*)$/s.exec(line) ?? []
      if (isGateway && this.#gatewayLines.push(said) > LAST_LINES) this.#gatewayLines.shift()
      this.#options.log(name, said, levelOfPriority(priority))
    }
    const map = pathMap(this.#options.places)
    return new Service({
      restart: unit.restart,
      stopTimeoutMs: unit.stopTimeoutMs,
      sockets: sockets.map(({ fd }) => fd),
      eager: isGateway,
      poller: this.#poller,
      log: (line) => this.#options.log(name, line, 'warn'),
      launch: () =>
        launch({
          command: unit.command.map(commandMap(this.#options.places)),
          environment: {
            ...prepareEnvironment(unit, this.#options.places, this.#options.env),
            ...(isGateway ? this.#gatewayVariables(unit, map) : this.#serverVariables()),
          },
          sockets,
          onLine,
          onStatus: (status) => this.#statuses.set(name, status),
          reaper: this.#reaper,
        }),
      onStopped: () => this.#statuses.forget(name),
      ...(isGateway
        ? { onEnd: (how: string) => this.#gatewayEnded.abort(`${how} before it was ready`) }
        : {}),
    })
  }

  /** What the gateway gets besides its unit: what this start was asked for. */
  #gatewayVariables(unit: ServiceUnit, map: (path: string) => string): Record<string, string> {
    const { places, noAuth, caps } = this.#options
    const described = splitPaths(unit.environment.LLMBDO_MCP_CAPS_DIR ?? '').map(map)
    return {
      LLMBDO_OWNER: places.instance,
      LLMBDO_MCP_CAPS_DIR: joinPaths([...described, ...caps]),
      ...(noAuth ? { LLMBDO_GATEWAY_NO_AUTH: '1' } : {}),
    }
  }

  #serverVariables(): Record<string, string> {
    const hidden = hiddenFolders(this.#options.places)
    return hidden.length > 0 ? { LLMBDO_FS_HIDDEN: joinPaths(hidden) } : {}
  }

  async #token(until: AbortSignal): Promise<string> {
    const { state, instance } = this.#options.places
    const link = await GatewayLink.open(gatewaySocketIn(state), PRODUCT)
    const close = () => link.close()
    until.addEventListener('abort', close, { once: true })
    try {
      return await ownerToken(link, state, instance)
    } finally {
      until.removeEventListener('abort', close)
      link.close()
    }
  }
}

interface Ready {
  port: number
  /** Undefined where none is needed. */
  token: string | undefined
  /** The services of servers, asleep until called. */
  servers: string[]
  places: Places
}

/** A started appliance. */
export interface Started extends Ready {
  /** The directives that mean something under systemd and are not applied here. */
  notApplied: readonly Assignment[]
  /** Ends all of it; resolves when nothing is left. */
  stop(): Promise<void>
}
