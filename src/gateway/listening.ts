/** The sockets that the gateway inherits: what each of them speaks, and with which certificate. */
import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Server } from 'node:net'
import { TLS_CREDENTIAL } from '../contracts/secret-files.ts'
import { boundAddress } from '../host/bound-address.ts'
import type { InheritedSocket } from '../host/inherited-sockets.ts'
import type { Logger } from '../host/log.ts'
import { isLoopback } from '../host/reached-as.ts'
import type { HostCheck } from './auth/origin.ts'
import { createCertificateServer } from './transports/http/certificate-socket.ts'
import type { HttpEdge } from './transports/http/edge.ts'
import type { Tls } from './transports/http/tls.ts'
import type { UnixEdge } from './transports/stream/unix.ts'
import type { WebSocketEdge } from './transports/stream/websocket.ts'

/** A socket that HTTP is spoken on. */
export interface Listening {
  protocol: 'http' | 'https'
  address: string
  port: number
}

/** The first address that others than this machine reach; undefined where all sockets are its own. Nothing is listened on for it. */
export const openToOthers = (sockets: readonly InheritedSocket[]): string | undefined =>
  sockets.map(({ fd }) => boundAddress(fd)).find((address) => address !== undefined && !isLoopback(address))

export interface ListenersOptions {
  sockets: readonly InheritedSocket[]
  http: Pick<HttpEdge, 'createServer' | 'createSecureServer'>
  webSockets: Pick<WebSocketEdge, 'attach'>
  unix: Pick<UnixEdge, 'server'>
  /** Undefined where this process was given no certificate that can be used: HTTPS waits for one then. */
  tls: Tls | undefined
  hosts: HostCheck
  log: Pick<Logger, 'info' | 'warn'>
}

export class Listeners {
  readonly #options: ListenersOptions
  readonly #servers = new Set<Server>()
  #https: SecureServer | undefined
  #tls: Tls | undefined

  constructor(options: ListenersOptions) {
    this.#options = options
    this.#tls = options.tls
    if (options.tls) options.hosts.reachedAs(options.tls.names)
  }

  /** The certificate that devices have to trust, as PEM; undefined where this machine has no CA of its own. */
  get ca(): string | undefined {
    return this.#tls?.ca
  }

  /** Where HTTP is spoken now. */
  get listening(): Listening[] {
    return [...this.#servers].flatMap((server) => {
      const at = server.address()
      if (at === null || typeof at !== 'object') return []
      return [{ protocol: server === this.#https ? 'https' : 'http', address: at.address, port: at.port }]
    })
  }

  /** Resolves once all sockets are listened on. */
  async open(): Promise<void> {
    await Promise.all(this.#options.sockets.map((socket) => this.#listen(socket)))
  }

  /** Takes no connections any longer; those that there are go on. */
  close(): void {
    for (const server of this.#servers) server.close()
  }

  async #listen({ name, fd }: InheritedSocket): Promise<void> {
    const server = this.#serverOf(name)
    if (!server) return
    this.#servers.add(server)
    server.listen({ fd })
    await once(server, 'listening')
  }

  /** Never plain text where TLS was meant: without a certificate that socket is left alone. */
  #serverOf(name: string): Server | undefined {
    const { unix, http, log } = this.#options
    if (name === 'unix') return unix.server
    if (name === 'certificate') return createCertificateServer((given) => this.#show(given))
    if (name !== 'https') return this.#withWebSockets(http.createServer())
    if (this.#tls) {
      this.#https = http.createSecureServer(this.#tls)
      return this.#withWebSockets(this.#https)
    }
    log.warn({ socket: name }, `not served: this process was given no usable credential ${TLS_CREDENTIAL}`)
    return undefined
  }

  /** Connections that come from now on are shown another certificate; those that there are go on. */
  async #show(given: Tls): Promise<void> {
    const { hosts, sockets, log } = this.#options
    this.#tls = given
    hosts.reachedAs(given.names)
    if (this.#https) this.#https.setSecureContext(given)
    else
      await Promise.all(sockets.filter(({ name }) => name === 'https').map((socket) => this.#listen(socket)))
    log.info({ names: given.names }, 'another certificate')
  }

  #withWebSockets<T extends HttpServer>(server: T): T {
    this.#options.webSockets.attach(server)
    return server
  }
}
