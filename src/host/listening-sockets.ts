/** System calls about sockets that Node does not offer: listening without accepting, and poll(2). */
import { closeSync, writeSync } from 'node:fs'
import { SystemCallError } from './file-calls.ts'
import { systemLibrary } from './system-library.ts'

const AF_UNIX = 1
const AF_INET = 2
const SOCK_STREAM = 1
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const EFD_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000
const POLLIN = 1
const BACKLOG = 4096
/** sizeof(struct pollfd): an int and two shorts. */
const POLLFD_BYTES = 8
/** sizeof(sockaddr_un.sun_path), less the NUL that ends it. */
export const MAX_SOCKET_PATH_BYTES = 107

const native = systemLibrary((libc) => ({
  errno: libc.errno,
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  bind: libc.func('int bind(int fd, const void *address, unsigned int length)'),
  listen: libc.func('int listen(int fd, int backlog)'),
  setsockopt: libc.func(
    'int setsockopt(int fd, int level, int name, const void *value, unsigned int length)',
  ),
  getsockname: libc.func('int getsockname(int fd, void *address, void *length)'),
  eventfd: libc.func('int eventfd(unsigned int initial, int flags)'),
  poll: libc.func('int poll(void *fds, unsigned long count, int timeout)'),
}))

/** Throws where this machine can't make these calls, and says why. */
export function checkSystemCalls(): void {
  native()
}

function checked(call: string, result: number): number {
  if (result < 0) throw new SystemCallError(call, native().errno())
  return result
}

/** A UNIX socket that listens, not inherited by children unless handed over. The folder must exist. */
export function listenUnix(path: string): number {
  const bytes = Buffer.from(path)
  const address = Buffer.alloc(2 + MAX_SOCKET_PATH_BYTES + 1)
  address.writeUInt16LE(AF_UNIX, 0)
  bytes.copy(address, 2)
  return listenOn(AF_UNIX, address, address.length)
}

/** A TCP socket that listens on an IPv4 address. Port 0 takes a free one. */
export function listenTcp(host: string, port: number): { fd: number; port: number } {
  const address = Buffer.alloc(16)
  address.writeUInt16LE(AF_INET, 0)
  address.writeUInt16BE(port, 2)
  Buffer.from(host.split('.').map(Number)).copy(address, 4)
  const fd = listenOn(AF_INET, address, address.length)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(address.length)
  checked('getsockname', native().getsockname(fd, address, length))
  return { fd, port: address.readUInt16BE(2) }
}

function listenOn(family: number, address: Buffer, length: number): number {
  const { socket, bind, listen, setsockopt } = native()
  const fd = checked('socket', socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0))
  try {
    const on = Buffer.alloc(4)
    on.writeInt32LE(1)
    checked('setsockopt', setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, on, on.length))
    checked('bind', bind(fd, address, length))
    checked('listen', listen(fd, BACKLOG))
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** A descriptor that becomes readable when `signalEvent` is called on it. */
export const openEvent = (): number => checked('eventfd', native().eventfd(0, EFD_CLOEXEC_NONBLOCK))

export const signalEvent = (fd: number): void => {
  writeSync(fd, new Uint8Array(new BigUint64Array([1n]).buffer))
}

/** Waits, off the main thread, until one of the descriptors is readable; gives those that are. */
export function pollReadable(fds: readonly number[]): Promise<number[]> {
  const set = Buffer.alloc(fds.length * POLLFD_BYTES)
  fds.forEach((fd, index) => {
    set.writeInt32LE(fd, index * POLLFD_BYTES)
    set.writeInt16LE(POLLIN, index * POLLFD_BYTES + 4)
  })
  return new Promise((resolve, reject) => {
    native().poll.async(set, fds.length, -1, (error: Error | null, ready: number) => {
      if (error) reject(error)
      else resolve(ready > 0 ? fds.filter((_, index) => set.readInt16LE(index * POLLFD_BYTES + 6) !== 0) : [])
    })
  })
}
