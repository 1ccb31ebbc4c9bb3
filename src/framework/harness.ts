/** Runs a server in memory, without sockets or a process, for tests that talk to it as a client does. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duplex, duplexPair } from 'node:stream'
import { Connection, type ConnectionOptions } from '../client/connection.ts'
import type { RequestOptions } from '../client/request.ts'
import { machineClock } from '../host/clock.ts'
import { directories } from '../host/directories.ts'
import type { Clock, ServerDefinition, ServerDirectories } from '../protocol/define.ts'
import type { Heard, HeardEvent } from '../protocol/events.ts'
import { METHOD, type Result } from '../protocol/mcp.ts'
import type { Validators } from '../protocol/validator.ts'
import type { Waking } from '../protocol/wake.ts'
import { Acceptor } from './acceptor.ts'
import { Secrets } from './secrets.ts'
import type { Log, MemoryLimits } from './server-host.ts'
import { openService, type Service } from './service.ts'
import { readSettings } from './settings.ts'
import { StreamTransport } from './stream-transport.ts'
import { FakeGateway, type GatewayAnswers } from './testing/fake-gateway.ts'

export interface HarnessOptions {
  /**
   * Its folders; those that `env` names where this says nothing. `<server>.yaml` is in that of configuration. Without a folder of
   * state its databases are in one that lasts as long as the harness.
   */
  directories?: ServerDirectories
  env?: Record<string, string>
  /** Where its databases are instead; where it gives undefined, there is no place for any. */
  databaseFolder?: () => string | undefined
  /** The machine's clock without. */
  clock?: Clock
  /** What `host.secret` gives, by name. What changes here has changed for the server. */
  secrets?: Record<string, string>
  /** What others answer to what the server's handlers ask of the gateway. */
  gateway?: GatewayAnswers
  /** What the clients say they can be asked; that of `connect` where it says otherwise. */
  clientCapabilities?: ConnectionOptions['clientCapabilities']
  memory?: MemoryLimits
}

export interface LogLine {
  level: keyof Log
  fields: Record<string, unknown>
  text: string
}

const GRACE_MS = 1000
const CLIENT_INFO = { name: 'harness', version: '1.0.0' }

export class Harness {
  /** A client of ours, connected from the start. */
  readonly connection: Connection
  /** What the server and the framework logged. */
  readonly logged: readonly LogLine[]
  /** What its handlers asked of others. */
  readonly gateway: FakeGateway
  readonly #service: Service
  readonly #acceptor: Acceptor
  readonly #options: HarnessOptions
  readonly #close: () => Promise<void>
  #closing: Promise<void> | undefined

  constructor(
    service: Service,
    acceptor: Acceptor,
    logged: readonly LogLine[],
    options: HarnessOptions,
    close: () => Promise<void>,
  ) {
    this.#service = service
    this.#acceptor = acceptor
    this.#options = options
    this.#close = close
    this.logged = logged
    this.gateway = new FakeGateway(options.gateway)
    this.connection = this.connect()
  }

  /** One more client. */
  connect(options: Partial<ConnectionOptions> = {}): Connection {
    const { clientCapabilities } = this.#options
    return new HarnessConnection(this.stream(), this.gateway, {
      clientInfo: CLIENT_INFO,
      ...(clientCapabilities === undefined ? {} : { clientCapabilities }),
      ...options,
    })
  }

  /** The client's end of a fresh connection, for a test that speaks for itself. */
  stream(): Duplex {
    const [clientEnd, serverEnd] = duplexPair()
    clientEnd.once('close', () => serverEnd.destroy())
    serverEnd.once('close', () => clientEnd.destroy())
    this.#acceptor.accept(serverEnd)
    return clientEnd
  }

  /** A fresh connection as the official client takes it: `client.connect(harness.transport())`. */
  transport(): StreamTransport {
    return new StreamTransport(this.stream())
  }

  /** The time of an entry of the wake list has come, as the gateway says it. Rejects where the server fails. */
  async wake(key: string, waking: Partial<Waking> = {}): Promise<void> {
    const { entries } = this.gateway.wakeList
    const entry = entries.get(key)
    const { time: due = 0 } = entry ?? {}
    await this.connection.request(METHOD.woken, { key, due, late: false, tries: 0, ...waking })
    // One that comes once is gone, unless the server made it anew.
    if (entry?.rule === undefined && entries.get(key) === entry) entries.delete(key)
  }

  /** Tells the server events of others, as the gateway does. Rejects where the server fails. */
  async tell(name: string, events: readonly HeardEvent[], heard: Partial<Heard> = {}): Promise<void> {
    await this.connection.request(METHOD.heard, { name, events, andOthers: false, tries: 0, ...heard })
  }

  /** Resolves once it works on nothing in the background. */
  async worked(): Promise<void> {
    await this.#service.background.quiet()
  }

  /** Stops as a server does: running requests may finish first. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** Each of its requests is one that the server may ask the gateway within. */
class HarnessConnection extends Connection {
  readonly #gateway: FakeGateway

  constructor(stream: Duplex, gateway: FakeGateway, options: ConnectionOptions) {
    super(stream, options)
    this.#gateway = gateway
  }

  override request(
    method: string,
    params?: Record<string, unknown>,
    options: RequestOptions = {},
  ): Promise<Result> {
    // The first request is made before this object is whole.
    const peerRequests = #gateway in this ? this.#gateway : undefined
    return super.request(method, params, { peerRequests, ...options })
  }
}

/** Opens a server in memory. Close it, or hold it with `await using`. Rejects with an OpeningError, whose cause its `open` threw. */
export async function harness<Deps>(
  server: ServerDefinition<Deps>,
  validators: Validators,
  options: HarnessOptions = {},
): Promise<Harness> {
  const logged: LogLine[] = []
  const note = (level: keyof Log) => (fields: object, text: string) =>
    void logged.push({ level, fields: fields as Record<string, unknown>, text })
  const given = { ...directories(options.env ?? {}), ...options.directories }
  const temporary = new TemporaryFolder()
  const service = await openService(server, validators, {
    directories: given,
    databaseFolder: options.databaseFolder ?? (() => given.state ?? temporary.path),
    clock: options.clock ?? machineClock,
    secrets: new Secrets(async (name) => {
      const { secrets = {} } = options
      return Object.hasOwn(secrets, name) ? secrets[name] : undefined
    }),
    readSettings,
    env: options.env ?? {},
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    ...(options.memory ? { memory: options.memory } : {}),
  }).catch((error) => {
    temporary.remove()
    throw error
  })
  const acceptor = new Acceptor(service, 0, () => {})
  return new Harness(service, acceptor, logged, options, async () => {
    await acceptor.stop(GRACE_MS)
    await service.close(GRACE_MS)
    temporary.remove()
  })
}

/** Made when it is first asked for. */
class TemporaryFolder {
  #path: string | undefined

  get path(): string {
    this.#path ??= mkdtempSync(join(tmpdir(), 'harness-'))
    return this.#path
  }

  remove(): void {
    if (this.#path !== undefined) rmSync(this.#path, { recursive: true, force: true })
  }
}
