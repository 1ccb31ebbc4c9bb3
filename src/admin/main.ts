/** What systemd starts as root: the helper behind its socket, or once at boot `start-users`. */
import { inheritedSockets } from '../host/inherited-sockets.ts'
import { createLazyLog } from '../host/lazy.ts'
import { createNotifier } from '../host/notify.ts'
import { Helper } from './helper.ts'
import { applyHostname } from './hostname.ts'
import { thisMachine } from './machine.ts'
import { startUsers } from './users.ts'

const EXIT_USAGE = 2
const log = createLazyLog({ name: 'admin' })

async function serve(fd: number): Promise<void> {
  const stopped = Promise.withResolvers<string>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.resolve(signal))
  const helper = new Helper(thisMachine(), { log, onIdle: () => stopped.resolve('idle') })
  const notifier = createNotifier()
  await helper.listen({ fd })
  notifier.ready()
  notifier.startWatchdog()
  const reason = await stopped.promise
  log.info({ reason }, 'stopping')
  notifier.stopping()
  await helper.stop()
  notifier.close()
}

async function main(words: readonly string[]): Promise<void> {
  if (words.length === 1 && words[0] === 'start-users') {
    const machine = thisMachine()
    await applyHostname(machine).catch((err) => log.error({ err }, 'the host name could not be set'))
    return startUsers(machine)
  }
  const [socket, ...more] = words.length === 0 ? inheritedSockets() : []
  if (socket?.name === 'admin' && more.length === 0) return serve(socket.fd)
  log.error(
    {},
    'The helper needs the socket "admin", and no words but "start-users". Its units start it; not a shell.',
  )
  process.exitCode = EXIT_USAGE
}

await main(process.argv.slice(2))
