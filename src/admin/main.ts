/** What systemd starts as root: the helper behind its socket, or with a word what is done once. */

import { ADMIN_SOCKET } from '../contracts/admin-helper.ts'
import { inheritedSockets } from '../host/inherited-sockets.ts'
import { createLazyLog } from '../host/lazy.ts'
import { createNotifier } from '../host/notify.ts'
import { boot } from './boot.ts'
import { certificateServes } from './certificates.ts'
import { runDiskJob } from './disks.ts'
import { Helper } from './helper.ts'
import { thisMachine } from './machine.ts'
import { moveDataFinally } from './move-data.ts'
import { prepareDisk } from './prepare-disk.ts'
import { askForRenewal, emptyNetlink } from './renewal.ts'

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

/** Started by the clock, or by the kernel, which tells of addresses, and mostly that they are what they were. */
async function renew(): Promise<void> {
  for (const { name, fd } of inheritedSockets()) if (name === 'addresses') emptyNetlink(fd)
  if (!(await certificateServes(thisMachine()))) await askForRenewal(ADMIN_SOCKET)
}

async function main(words: readonly string[]): Promise<void> {
  if (words.length === 1 && words[0] === 'boot') return boot(thisMachine(), log)
  if (words.length === 1 && words[0] === 'renew') return renew()
  if (words.length === 1 && words[0] === 'disk') return runDiskJob(thisMachine(), prepareDisk)
  if (words.length === 1 && words[0] === 'move') return moveDataFinally(thisMachine())
  const [socket, ...more] = words.length === 0 ? inheritedSockets() : []
  if (socket?.name === 'admin' && more.length === 0) return serve(socket.fd)
  log.error(
    {},
    'The helper needs the socket "admin", and no words but "boot", "renew", "disk" or "move". Its units start it; not a shell.',
  )
  process.exitCode = EXIT_USAGE
}

await main(process.argv.slice(2))
