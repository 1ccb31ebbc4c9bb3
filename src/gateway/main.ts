/** Wires the gateway's parts together; no logic of its own. */
import { join } from 'node:path'
import { createBatchedLog } from '../host/batched-log.ts'
import { watchGarbage } from '../host/garbage.ts'
import { createLogger } from '../host/log.ts'
import { createNotifier } from '../host/notify.ts'
import { splitPaths } from '../host/path-list.ts'
import { peerCredentials } from '../host/peer-credentials.ts'
import { RepeatedLooks } from '../host/repeated-looks.ts'
import { VERSION } from '../protocol/version.ts'
import { adminMethods, OWN_METHODS } from './administration.ts'
import { createAuth } from './auth/auth.ts'
import { Licence } from './auth/licence/licence.ts'
import { createHostCheck } from './auth/origin.ts'
import { createTokens } from './auth/tokens.ts'
import { createUsers } from './auth/users.ts'
import { AnswerRoom } from './call/answer-room.ts'
import { Memory } from './call/memory.ts'
import { createCallbacks } from './callbacks/callbacks.ts'
import { createConsent } from './consent/consent.ts'
import { openCounts } from './counts.ts'
import { Admission } from './limits/admission.ts'
import { Listeners } from './listening.ts'
import type { Models } from './llm/attempt.ts'
import { LLM_DESCRIPTOR } from './llm/descriptor.ts'
import { ToolMeanings } from './llm/loop/meaning.ts'
import { modelServers } from './llm/model-server.ts'
import { createLlmService } from './llm/service.ts'
import { createMetrics } from './observe/metrics.ts'
import { createAccessLog, createObserver } from './observe/observe.ts'
import { createPipeline } from './pipeline.ts'
import { createReadiness } from './readiness.ts'
import { Backends } from './routing/backends.ts'
import { Catalogue } from './routing/catalogue.ts'
import { createRouter } from './routing/router.ts'
import { v1Methods } from './routing/v1-methods.ts'
import { createScheduling } from './scheduling.ts'
import { start, tiersFile } from './starting.ts'
import { Stopping } from './stopping.ts'
import { createToolHost } from './tool-host.ts'
import { Connections } from './transports/connections.ts'
import { HttpEdge } from './transports/http/edge.ts'
import { readTls } from './transports/http/tls.ts'
import { createUnixEdge } from './transports/stream/unix.ts'
import { WebSocketEdge } from './transports/stream/websocket.ts'
import { Descriptors, ModelNames, watchUsers } from './watching.ts'

const NAME = 'llmbasedos'
const INSTRUCTIONS =
  "This gateway offers the tools of a person's own machine. A tool's name begins with its server's."
const MIB = 1024 * 1024

const log = createLogger({ name: 'gateway' })
const { config, configuration, aliases, sockets, state } = await start(log)
const notifier = createNotifier()

const tokens = createTokens(state.tokens)
const catalogue = new Catalogue({ title: NAME, version: VERSION, instructions: INSTRUCTIONS }, [
  LLM_DESCRIPTOR,
])
const descriptors = await Descriptors.watch(splitPaths(config.servers.descriptors), catalogue, log)
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
  problems: () => descriptors.problems.size,
})
const backends = new Backends({
  memory,
  sockets: config.servers.sockets,
  idleMs: config.servers.idleSeconds * 1000,
  startMs: config.servers.startSeconds * 1000,
  outputBytes: config.calls.outputBytes,
  clientInfo: { name: NAME, version: VERSION },
  onListChanged: (server, kind) => catalogue.tell(new Set([kind]), new Set([server])),
  onEntryDue: (entry) =>
    void scheduling.schedule
      .hurry(entry)
      .catch((err) => log.warn({ err, ...entry }, 'an entry of the wake list could not be hurried')),
  onColdStart: (server) => metrics.coldStart(server),
  onOdd: (server, what) => log.warn({ server, what }, 'a server behaved oddly'),
})
const licence = await Licence.open({
  path: config.licence.file || join(configuration, 'licence.key'),
  tiersPath: tiersFile(config, configuration),
  onChange: ({ note, ...rest }) => log[rest.valid && rest.tiersValid ? 'info' : 'warn'](rest, note),
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
const counts = openCounts(state.counts, log)
const { rates, usage } = counts
const limits = new Admission({
  rates,
  subscriptionsPerCaller: config.calls.subscriptionsPerCaller,
  atOnce: config.calls.atOnce,
  atOncePerCaller: config.calls.atOncePerCaller,
  timeoutMs: config.calls.timeoutSeconds * 1000,
})
const consent = createConsent({
  memory,
  ask: config.consent.ask,
  trustedTools: config.consent.trustedTools,
  waitMs: config.consent.waitSeconds * 1000,
  waitingAtOnce: config.consent.waitingAtOnce,
  onWaiting: ({ id, who, tool }) => log.info({ id, who, tool }, 'a call waits for a person’s consent'),
})
const scheduling = createScheduling({
  state,
  auth,
  log,
  servers: () => catalogue.servers,
  problems: () => descriptors.problems,
  run: (call) => gate.run(call),
})
const admin = adminMethods({
  tokens,
  consent,
  licence,
  rates,
  catalogue,
  backends,
  users,
  version: VERSION,
  remainingTokens: (caller, grant) => usage.remaining(caller, grant),
  schedule: scheduling.schedule,
  events: scheduling.events,
  sessions: () => http.sessionCount,
  listening: () => listeners.listening,
  problems: () => descriptors.problems,
  damaged: () => state.damagedFiles(),
})
const local = { ...admin, ...v1Methods(catalogue) }
const answers = new AnswerRoom(memory, config.calls.unreadSeconds * 1000)
const callbacks = createCallbacks({
  memory,
  answers,
  atOnce: config.consent.waitingAtOnce,
  run: (call) => gate.run(call),
  onDecided: consent.onDecided,
  verbs: scheduling.verbs,
})
const modelNames = new ModelNames(configuration, aliases, log)
const models: Models = {
  aliases: () => modelNames.aliases,
  problem: () => modelNames.problem,
  usage,
  callServer: modelServers((place, user) => {
    const descriptor = catalogue.modelServer(place)
    return descriptor && backends.get(descriptor, user)
  }, answers),
  onFallback: (from, to, { code }) => log.warn({ from, to, code }, 'another model answers instead'),
}
const llm = createLlmService(models, {
  memory,
  host: createToolHost(catalogue, callbacks),
  meanings: new ToolMeanings(models),
  limits: { rounds: config.loop.rounds, tokens: config.loop.tokens, ms: config.loop.seconds * 1000 },
})
const routing = createRouter({
  catalogue,
  backends,
  local,
  resident: [llm],
  serverName: NAME,
  answers,
  peerRequests: callbacks.within,
})
const gate = createPipeline({
  memory,
  stalledMs: config.calls.unreadSeconds * 1000,
  answers,
  auth,
  limits,
  consent,
  callbacks,
  routing,
  authenticationFailed: createAccessLog(log),
  observe: createObserver(createBatchedLog({ name: 'gateway' }), log, metrics, new RepeatedLooks()),
})

const watchedUsers = watchUsers({ folder: config.users, users, auth, tokens, log })

/** Without it the other sockets are listened on all the same. */
const tls = await readTls().catch((err: Error) => {
  log.error({ err }, 'HTTPS has no certificate')
  return undefined
})
const hosts = createHostCheck({
  hosts: config.http.hosts,
  origins: config.http.origins,
  ownPages: !config.http.noAuth,
})
const connections = new Connections(
  {
    unknownAtOnce: config.http.unknownAtOnce,
    unknownPerSource: config.http.unknownPerSource,
    unknownMs: config.http.unknownSeconds * 1000,
    connectionsAtOnce: config.http.connectionsAtOnce,
    connectionsPerCaller: config.http.connectionsPerCaller,
  },
  memory,
)
const http = new HttpEdge({
  gate,
  connections,
  hostProblem: hosts.problem,
  readiness: createReadiness({
    state,
    catalogue,
    backends,
    owner: config.owner,
    problems: () => descriptors.problems,
    isStopping: () => stopping.hasBegun,
  }),
  metrics: metrics.text,
  ca: () => listeners.ca,
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
  onProblem: (err) => log.error({ err }, 'a program on this machine was refused'),
  atOnce: config.unix.connectionsAtOnce,
  atOncePerCaller: config.unix.connectionsPerCaller,
})
const webSockets = new WebSocketEdge({
  gate,
  connections,
  hostProblem: hosts.problem,
  atOnce: config.http.webSocketsAtOnce,
  atOncePerCaller: config.http.webSocketsPerCaller,
})
auth.onEnd((principalId) => {
  for (const entry of [http, webSockets, unix, consent, callbacks, scheduling]) entry.endOf(principalId)
})
tokens.onEnd(({ id, name, user, expired }) =>
  log.info({ id, token: name, user, expired }, 'a token has ended'),
)
tokens.onChange(({ id, name, user, tier, tools, trust }) =>
  log.info({ id, token: name, user, tier, tools, trust }, 'the rights of a token have changed'),
)

const listeners = new Listeners({ sockets, http, webSockets, unix, tls, hosts, log })
const stopping = new Stopping({
  notifier,
  sources: [scheduling, descriptors, watchedUsers, modelNames, listeners],
  transports: [http, unix, webSockets],
  inFlight: () => limits.inFlight,
  resources: [webSockets, backends, licence, counts, tokens, state, notifier],
  onProblem: (err) => log.error({ err }, 'something could not be closed'),
  exit: () => process.exit(0),
})
await listeners.open()
scheduling.start()
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopping.begin())
notifier.ready()
notifier.startWatchdog()
log.info(
  { servers: catalogue.processes.map((d) => d.service_name), sockets: sockets.map((s) => s.name) },
  'ready',
)
