/**
 * framework/: what every MCP server of the appliance runs on, from the inherited socket to a tool's handler.
 *
 * A server's `main.ts` is a call of `serve` with its definition and its generated validators. From then on a
 * request takes this path: connection.ts reads and answers, dispatch.ts finds the method, tools.ts and its
 * siblings check the parameters and call the handler, running-request.ts is what the handler holds.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { directories } from '../host/directories.ts'
import { inheritedSockets } from '../host/inherited-sockets.ts'
import { createLazyLog } from '../host/lazy.ts'
import { createNotifier } from '../host/notify.ts'
import type { ServerDefinition } from '../protocol/define.ts'
import type { Validators } from '../protocol/validator.ts'
import { Acceptor } from './acceptor.ts'
import { idleSeconds } from './idle.ts'
import { openService, type SettingsReader } from './service.ts'

export interface ServeOptions {
  /** How long running requests may take to finish once the process is told to stop. */
  graceMs?: number
  /** Of settings.ts; needed by a server that has some. */
  readSettings?: SettingsReader
}

const GRACE_MS = 10_000
const EXIT_USAGE = 2
/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78
/** A handler that ignores the end of its call must not keep the process for longer than this. */
const LINGER_MS = 1000
const NOTIFY_AFTER_MS = 50

/**
 * Serves an MCP server on the sockets that the process inherited, until nobody is connected for a while or a
 * signal asks it to stop. Resolves once everything is released; the process then ends by itself. Rejects if
 * the server cannot be opened, but for a mistake in its settings: that is logged, and the exit status says so.
 */
export async function serve<Deps>(
  server: ServerDefinition<Deps>,
  validators: Validators,
  { graceMs = GRACE_MS, readSettings }: ServeOptions = {},
): Promise<void> {
  const log = createLazyLog({ name: server.name })
  const sockets = inheritedSockets()
  if (sockets.length === 0) {
    log.error({}, `${server.name} inherited no socket. Its socket unit starts it, or "luca up"; not a shell.`)
    process.exitCode = EXIT_USAGE
    return
  }
  const stopped = Promise.withResolvers<string>()
  const onSignal = (signal: string) => stopped.resolve(signal)
  for (const signal of STOP_SIGNALS) process.once(signal, onSignal)

  const { state, configuration } = directories()
  const host = {
    stateDirectory: state,
    configurationDirectory: configuration,
    readSettings,
    env: process.env,
    log,
  }
  const service = await openService(server, validators, host).catch((error: Error) => {
    if (error.name !== 'ConfigError') throw error
    log.error({}, error.message)
    return undefined
  })
  if (service === undefined) {
    process.exitCode = EXIT_CONFIG
    return
  }
  const acceptor = new Acceptor(service, idleSeconds(process.env), () => stopped.resolve('idle'))
  await acceptor.listen(sockets.map(({ fd }) => fd))
  // To load what reaches the manager takes as long as an answer: who woke this process is waiting, the manager is not.
  await Promise.race([delay(NOTIFY_AFTER_MS, undefined, { ref: false }), stopped.promise])
  const notifier = createNotifier()
  notifier.ready()
  notifier.startWatchdog()

  const reason = await stopped.promise
  log.info({ reason }, 'stopping')
  await acceptor.stop(graceMs)
  await service.close(graceMs)
  notifier.close()
  for (const signal of STOP_SIGNALS) process.removeListener(signal, onSignal)
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const
