/** Wires the gateway's parts together, and takes them down again; no logic of its own. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Server as HttpServer } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { TLS_CREDENTIAL } from '../contracts/secret-files.ts'
import { createBatchedLog } from '../host/batched-log.ts'
import { ConfigError, loadConfig } from '../host/config.ts'
import { directories } from '../host/directories.ts'
import { watchGarbage } from '../host/garbage.ts'
import { type InheritedSocket, inheritedSockets } from '../host/inherited-sockets.ts'
import { createLogger } from '../host/log.ts'
import { loadModelAliases } from '../host/model-aliases.ts'
import { createNotifier } from '../host/notify.ts'
import { splitPaths } from '../host/path-list.ts'
import { peerCredentials } from '../host/peer-credentials.ts'
import { isLoopback } from '../host/reached-as.ts'
import { RepeatedLooks } from '../host/repeated-looks.ts'
import { VERSION } from '../protocol/version.ts'
import { adminMethods, type Listening, OWN_METHODS } from './administration.ts'
import { createAuth } from './auth/auth.ts'
import { Licence } from './auth/licence/licence.ts'
import { createHostCheck, originsProblem } from './auth/origin.ts'
import { createTokens } from './auth/tokens.ts'
import { createUsers } from './auth/users.ts'
import { AnswerRoom } from './call/answer-room.ts'
import { Memory } from './call/memory.ts'
import { GatewayConfig } from './config.ts'
import { createConsent } from './consent/consent.ts'
import { Admission } from './limits/admission.ts'
import { RateWindows } from './limits/rate-windows.ts'
import { saveEvery } from './limits/saving.ts'
import { LLM_DESCRIPTOR } from './llm/descriptor.ts'
import { modelServers } from './llm/model-server.ts'
import { createLlmService } from './llm/service.ts'
import { TokenUsage } from './llm/token-usage.ts'
import { createMetrics } from './observe/metrics.ts'
import { createAccessLog, createObserver } from './observe/observe.ts'
import { createPipeline } from './pipeline.ts'
import { Backends } from './routing/backends.ts'
import { Catalogue } from './routing/catalogue.ts'
import { scan, watchFolders } from './routing/descriptors.ts'
import { olderMethods } from './routing/older-methods.ts'
import { createRouter } from './routing/router.ts'
import { openState } from './state/state.ts'
import { Doors } from './transports/doors.ts'
import { createCertificateServer } from './transports/http/certificate-socket.ts'
import { HttpEdge } from './transports/http/edge.ts'
import { readTls, type Tls } from './transports/http/tls.ts'
import { createUnixEdge } from './transports/stream/unix.ts'
import { WebSocketEdge } from './transports/stream/websocket.ts'

const NAME = 'llmbasedos'
const INSTRUCTIONS =
  "This gateway offers the tools of a person's own machine. A tool's name begins with its server's."
/** How long running calls may take to end when the gateway is told to stop, in milliseconds. */
const GRACE_MS = 10_000
/** How much of the counts of requests and tokens a killed gateway may forget, in milliseconds. */
const SAVE_COUNTS_EVERY_MS = 1000

const MIB = 1024 * 1024

const log = createLogger({ name: 'gateway' })
const dirs = directories()
/** `check FOLDER` says whether the configuration in that folder can be used, and does nothing else. */
const checked = process.argv[2] === 'check' ? process.argv[3] : undefined
const configuration = checked ?? dirs.configuration ?? '/etc/llmbasedos'
const config = await loadConfig(GatewayConfig, { name: 'gateway', overrides: configuration }).catch(
  refuseConfig,
)
const originsWrong = originsProblem(config.http.origins)
if (originsWrong)
  refuseConfig(new ConfigError(`${join(configuration, 'gateway.yaml')}: "http.origins": ${originsWrong}`))
let aliases = await loadModelAliases(configuration).catch(refuseConfig)
let aliasesProblem: string | undefined
if (checked !== undefined) process.exit(0)
const sockets = inheritedSockets()
if (sockets.length === 0 || dirs.state === undefined) {
  process.stderr.write(
    'The gateway is started by systemd, or by "luca up": it needs inherited sockets and STATE_DIRECTORY.\n',
  )
  process.exit(2)
}
const notifier = createNotifier()

const state = openState(dirs.state)
const tokens = createTokens(state)
const folders = splitPaths(config.servers.descriptors)
const catalogue = new Catalogue({ title: NAME, version: VERSION, instructions: INSTRUCTIONS }, [
  LLM_DESCRIPTOR,
])
let problems: ReadonlyMap<string, string> = new Map()
let leftOut: readonly string[] = []

const rescan = async () => {
  const found = await scan(folders)
  for (const [path, problem] of found.problems)
    if (problems.get(path) !== problem) log.warn({ path, problem }, 'a descriptor is left out')
  problems = found.problems
  const remarks = catalogue.replace(found.descriptors)
  for (const remark of remarks) if (!leftOut.includes(remark)) log.warn({ remark }, 'a resource is left out')
  leftOut = remarks
}
await rescan()
const watching = watchFolders(folders, () => void rescan())

const garbage = watchGarbage()
const memory = new Memory({
  onGarbage: () => setImmediate(() => garbage.collect()),
  perCallerBytes: config.memory.perCallerMiB * MIB,
  inAllBytes: config.memory.inAllMiB * MIB,
  onGaveUp: (user, { message }) =>
    log.warn({ user, reason: message }, 'a connection was ended: it was not read'),
})
const metrics = createMetrics({
  memory,
  inFlight: () => limits.inFlight,
  sessions: () => http.sessionCount,
  problems: () => problems.size,
})
const backends = new Backends({
  sockets: config.servers.sockets,
  idleMs: config.servers.idleSeconds * 1000,
  startMs: config.servers.startSeconds * 1000,
  outputBytes: config.calls.outputBytes,
  clientInfo: { name: NAME, version: VERSION },
  onListChanged: (server, kind) => catalogue.tell(new Set([kind]), new Set([server])),
  onColdStart: (server) => metrics.coldStart(server),
  onOdd: (server, what) => log.warn({ server, what }, 'a server behaved oddly'),
})
const licence = await Licence.open({
  path: config.licence.file || join(configuration, 'licence.key'),
  tiersPath: config.licence.tiers || join(configuration, 'tiers.yaml'),
  onChange: ({ valid, note, ...rest }) => log[valid ? 'info' : 'warn']({ ...rest, valid }, note),
})
const users = createUsers(config.users, config.owner)
const auth = createAuth({
  tokens,
  licence,
  users,
  noAuth: config.http.noAuth,
  ownMethods: OWN_METHODS,
  ownUid: process.getuid?.() ?? -1,
})
const rates = new RateWindows({ load: () => state.rates(), save: (windows) => state.saveRates(windows) })
const endSavingRates = saveEvery(
  SAVE_COUNTS_EVERY_MS,
  () => rates.save(),
  (err) =>
    log.warn(
      { err },
      'the counts of requests could not be written down; a restart forgets them until they are',
    ),
)
const usage = new TokenUsage({
  load: (day) => state.tokenUsage(day),
  save: (used) => state.saveTokenUsage(used),
})
const endSavingUsage = saveEvery(
  SAVE_COUNTS_EVERY_MS,
  () => usage.save(),
  (err) => log.warn({ err }, 'the use of tokens could not be written down; a restart forgets it until it is'),
)
const limits = new Admission({
  rates,
  subscriptionsPerCaller: config.calls.subscriptionsPerCaller,
  atOnce: config.calls.atOnce,
  atOncePerCaller: config.calls.atOncePerCaller,
  timeoutMs: config.calls.timeoutSeconds * 1000,
})
const consent = createConsent({
  ask: config.consent.ask,
  trustedTools: config.consent.trustedTools,
  waitMs: config.consent.waitSeconds * 1000,
  waitingAtOnce: config.consent.waitingAtOnce,
  onWaiting: ({ id, who, tool }) => log.info({ id, who, tool }, 'a call waits for a person’s consent'),
})
const admin = adminMethods({
  tokens,
  consent,
  licence,
  rates,
  remainingTokens: (caller, grant) => usage.remaining(caller, grant),
  catalogue,
  backends,
  users,
  version: VERSION,
  sessions: () => http.sessionCount,
  listening,
  problems: () => problems,
})
const local = { ...admin, ...olderMethods(catalogue) }
const answers = new AnswerRoom()
const llm = createLlmService({
  aliases: () => aliases,
  problem: () => aliasesProblem,
  usage,
  callServer: modelServers((name, user) => {
    const descriptor = catalogue.internal(name)
    return descriptor && backends.get(descriptor, user)
  }, answers),
  onFallback: (from, to, { code }) => log.warn({ from, to, code }, 'another model stands in'),
})
const routing = createRouter({ catalogue, backends, local, resident: [llm], serverName: NAME, answers })
const gate = createPipeline({
  memory,
  stalledMs: config.calls.unreadSeconds * 1000,
  answers,
  auth,
  limits,
  consent,
  routing,
  authenticationFailed: createAccessLog(log),
  observe: createObserver(createBatchedLog({ name: 'gateway' }), log, metrics, new RepeatedLooks()),
})

const endWhoIsGone = () => {
  auth.usersChanged()
  if (!users.areKept) return
  for (const { id, name, user } of tokens.list())
    if (!users.has(user)) {
      tokens.revoke(id)
      log.info({ token: name, user }, 'a token ended with its user')
    }
}
endWhoIsGone()
const watchingUsers = watchFolders([config.users], endWhoIsGone)

/** A file that was broken by a change leaves the names as they were; only a start with it is refused. */
const reloadAliases = () =>
  loadModelAliases(configuration).then(
    (loaded) => {
      aliases = loaded
      aliasesProblem = undefined
    },
    (error: Error) => {
      aliasesProblem = error.message
      log.warn({ problem: error.message }, 'the names of models stay as they were')
    },
  )
const watchingAliases = watchFolders([configuration], () => void reloadAliases())

let stopping = false
/** Without it the other doors still open. */
let tls = await readTls().catch((err: Error) => {
  log.error({ err }, 'HTTPS has no certificate')
  return undefined
})
const hosts = createHostCheck({
  hosts: config.http.hosts,
  origins: config.http.origins,
  ownPages: !config.http.noAuth,
})
if (config.http.noAuth)
  log.warn(
    { origins: config.http.origins },
    'no token is asked for (--no-auth): every program on this machine may call; of web pages those alone whose origin is in http.origins',
  )
if (tls) hosts.reachedAs(tls.names)
const doors = new Doors({
  unknownAtOnce: config.http.unknownAtOnce,
  unknownPerSource: config.http.unknownPerSource,
  unknownMs: config.http.unknownSeconds * 1000,
  connectionsAtOnce: config.http.connectionsAtOnce,
  connectionsPerCaller: config.http.connectionsPerCaller,
})
const http = new HttpEdge({
  gate,
  doors,
  hostProblem: hosts.problem,
  readiness,
  metrics: metrics.text,
  authority: () => tls?.authority,
  sessions: {
    idleMs: config.sessions.idleSeconds * 1000,
    atOnce: config.sessions.atOnce,
    atOncePerCaller: config.sessions.atOncePerCaller,
  },
  checkWebSockets: (user) => webSockets.checkRoom(user),
})
const unix = createUnixEdge({
  gate,
  peerOf: peerCredentials,
  onProblem: (err) => log.error({ err }, 'a program on this machine could not be let in'),
  atOnce: config.unix.connectionsAtOnce,
  atOncePerCaller: config.unix.connectionsPerCaller,
})
const webSockets = new WebSocketEdge({
  gate,
  doors,
  hostProblem: hosts.problem,
  atOnce: config.http.webSocketsAtOnce,
  atOncePerCaller: config.http.webSocketsPerCaller,
})
auth.onEnd((principalId) => {
  for (const door of [http, webSockets, unix, consent]) door.endOf(principalId)
})
tokens.onEnd(({ id, name, user, expired }) =>
  log.info({ id, token: name, user, expired }, 'a token has ended'),
)
tokens.onChange(({ id, name, user, tier, tools, trust }) =>
  log.info({ id, token: name, user, tier, tools, trust }, 'a token may do something else from now on'),
)

const servers = new Set<Server>()
let https: SecureServer | undefined
await Promise.all(sockets.map(listen))
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
notifier.ready()
notifier.startWatchdog()
log.info(
  { servers: catalogue.processes.map((d) => d.service_name), sockets: sockets.map((s) => s.name) },
  'ready',
)

/** Ends with sysexits' EX_CONFIG and a sentence for people. */
function refuseConfig(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(78)
}

/** Looks at what it claims: that the state can be written, and that each server can be woken. */
function readiness(): { ready: boolean; details: object } {
  const failing: Record<string, string> = Object.fromEntries(problems)
  let stateWorks = true
  try {
    state.check()
  } catch (error) {
    stateWorks = false
    failing.state = (error as Error).message
  }
  for (const descriptor of catalogue.processes)
    if (!existsSync(backends.socketPath(descriptor, config.owner)))
      failing[descriptor.service_name] = 'it has no socket'
  return {
    ready: stateWorks && !stopping,
    details: { servers: catalogue.processes.map((d) => d.service_name), failing },
  }
}

/** Opens a door that this process inherited. */
async function listen({ name, fd }: InheritedSocket): Promise<void> {
  const server = serverOf(name)
  if (!server) return
  servers.add(server)
  server.listen({ fd })
  await once(server, 'listening')
  const address = server.address()
  if (config.http.noAuth && address !== null && typeof address === 'object' && !isLoopback(address.address)) {
    process.stderr.write(`--no-auth is for loopback only, and this gateway listens on ${address.address}.\n`)
    process.exit(2)
  }
}

/** Never plain text where TLS was meant: without a certificate that socket is left alone. */
function serverOf(name: string): Server | undefined {
  if (name === 'unix') return unix.server
  if (name === 'certificate') return createCertificateServer(show)
  if (name !== 'https') return withWebSockets(http.createServer())
  if (tls) {
    https = http.createSecureServer(tls)
    return withWebSockets(https)
  }
  log.warn({ socket: name }, `not served: this process was given no usable credential ${TLS_CREDENTIAL}`)
  return undefined
}

/** Connections that come from now on are shown another certificate; those that there are go on. */
async function show(given: Tls): Promise<void> {
  tls = given
  hosts.reachedAs(given.names)
  if (https) https.setSecureContext(given)
  else await Promise.all(sockets.filter(({ name }) => name === 'https').map(listen))
  log.info({ names: given.names }, 'another certificate')
}

function withWebSockets<T extends HttpServer>(server: T): T {
  webSockets.attach(server)
  return server
}

/** Where HTTP is spoken now. */
function listening(): Listening[] {
  return [...servers].flatMap((server) => {
    const at = server.address()
    if (at === null || typeof at !== 'object') return []
    return [{ protocol: server === https ? 'https' : 'http', address: at.address, port: at.port }]
  })
}

/** Takes nothing new, lets what runs end, and says goodbye to who listens. */
function stop(): void {
  if (stopping) return
  stopping = true
  notifier.stopping()
  watching.close()
  watchingUsers.close()
  watchingAliases.close()
  for (const server of servers) server.close()
  http.endSubscriptions()
  unix.endSubscriptions()
  webSockets.endSubscriptions()
  const deadline = Date.now() + GRACE_MS
  const ending = setInterval(() => {
    if (limits.inFlight > 0 && Date.now() < deadline) return
    clearInterval(ending)
    webSockets.close()
    backends.close()
    licence.close()
    endSavingRates()
    endSavingUsage()
    tokens.close()
    state.close()
    notifier.close()
    // One turn more, in which the last answers leave.
    setImmediate(() => process.exit(0))
  }, 20)
}
