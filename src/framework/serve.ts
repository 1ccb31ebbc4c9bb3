/**
 * framework/: what every MCP server of the appliance runs on, from the inherited socket to a tool's handler.
 *
 * A server's `main.ts` is a call of `serve` with its definition and its generated validators. From then on a
 * request takes this path: connection.ts reads and answers, dispatch.ts finds the method, tools.ts and its
 * siblings check the parameters and call the handler, running-request.ts is what the handler holds.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AWAKE, statusOf } from '../contracts/background-status.ts'
import { machineClock } from '../host/clock.ts'
import { ConfigError } from '../host/config/error.ts'
import { directories } from '../host/directories.ts'
import { type InheritedSocket, inheritedSockets } from '../host/inherited-sockets.ts'
import { createLazyLog } from '../host/lazy.ts'
import { createNotifier, type Notifier } from '../host/notify.ts'
import type { ServerDefinition } from '../protocol/define.ts'
import type { Validators } from '../protocol/validator.ts'
import { Acceptor } from './acceptor.ts'
import type { Background } from './background.ts'
import { idleSeconds } from './idle.ts'
import { Opening, type OpeningError, openingError } from './opening.ts'
import { Secrets } from './secrets.ts'
import type { Log, SettingsReader } from './server-host.ts'
import { openService, type Service } from './service.ts'

export interface ServeOptions {
  /** How long running requests may take to finish once the process is asked to stop. */
  graceMs?: number
  /** Of settings.ts; needed by a server that has some. */
  readSettings?: SettingsReader
}

const GRACE_MS = 10_000
const EXIT_USAGE = 2
/** A handler that ignores the end of its call must not keep the process for longer than this. */
const LINGER_MS = 1000
const NOTIFY_AFTER_MS = 50

/**
 * Serves an MCP server on the sockets that the process inherited, until it has had nothing to do for a while, or a
 * signal asks it to stop. Resolves once everything is released; the process then ends by itself. What can't be opened is named
 * in the log, and the exit status says of what kind it was (opening.ts).
 *
 * It opens, in this order: log, line to the service manager, folders, the server (server-host.ts), the sockets. At the end it releases
 * them in reverse: no request comes any more, those that run end, the server closes what it opened, and the manager hears of it last.
 */
export async function serve<Deps>(
  server: ServerDefinition<Deps>,
  validators: Validators,
  { graceMs = GRACE_MS, readSettings }: ServeOptions = {},
): Promise<void> {
  const secrets = new Secrets(async (name) => (await import('../host/credentials.ts')).readCredential(name))
  const log = createLazyLog({ name: server.name, hide: (line) => secrets.hide(line) })
  const sockets = inheritedSockets()
  if (sockets.length === 0) {
    log.error({}, `${server.name} inherited no socket. Its socket unit starts it, or "luca up"; not a shell.`)
    process.exitCode = EXIT_USAGE
    return
  }
  const stopped = Promise.withResolvers<string>()
  const onSignal = (signal: string) => stopped.resolve(signal)
  for (const signal of STOP_SIGNALS) process.once(signal, onSignal)

  const opening = new Opening(log)
  try {
    const notifier = await opening.open('the service manager', createNotifier, ({ close }) => close())
    const host = {
      env: process.env,
      log,
      clock: machineClock,
      secrets,
      readSettings,
      directories: await opening.open('its folders', directories),
    }
    const service = await opening.open(
      'its server',
      () => openService(server, validators, host),
      (service) => service.close(graceMs),
    )
    await opening.open(
      'its sockets',
      () => acceptOn(sockets, service, () => stopped.resolve('idle')),
      (acceptor) => acceptor.stop(graceMs),
    )
    // To load what reaches the manager takes as long as an answer: who woke this process is waiting, the manager is not.
    await Promise.race([delay(NOTIFY_AFTER_MS, undefined, { ref: false }), stopped.promise])
    await opening.open('the service manager', () => {
      notifier.ready()
      notifier.startWatchdog()
      tellWork(service.background, notifier)
    })
    log.info({ reason: await stopped.promise }, 'stopping')
  } catch (error) {
    process.exitCode = tell(openingError('something', error), log)
  }
  await opening.release()
  for (const signal of STOP_SIGNALS) process.removeListener(signal, onSignal)
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

async function acceptOn(
  sockets: readonly InheritedSocket[],
  service: Service,
  onIdle: () => void,
): Promise<Acceptor> {
  const acceptor = new Acceptor(service, idleSeconds(process.env), onIdle)
  await acceptor.listen(sockets.map(({ fd }) => fd))
  return acceptor
}

/** Tells the service manager what goes on in the background, as it changes. */
function tellWork(background: Background, notifier: Notifier): void {
  let told = AWAKE
  const tell = () => {
    const status = statusOf(background.works)
    if (status !== told) notifier.status(status)
    told = status
  }
  background.onWork(tell)
  tell()
}

/** Says in the log what could not be opened, and gives the status to exit with. */
function tell({ message, status, cause }: OpeningError, log: Log): number {
  // The message of a mistake in a file says all; a stack would tell people nothing.
  log.error(cause instanceof ConfigError ? {} : { err: cause }, message)
  return status
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const
