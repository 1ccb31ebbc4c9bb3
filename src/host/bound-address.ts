/** Which address a socket is bound to, before it is listened on: getsockname(2). */
import { SocketAddress } from 'node:net'
import { endianness } from 'node:os'
import { systemLibrary } from './system-library.ts'

/** Address families of bits/socket.h. */
const AF_INET = 2
const AF_INET6 = 10
/** struct sockaddr_storage. */
const MAX_BYTES = 128
/** Where the address begins in struct sockaddr_in and sockaddr_in6. */
const INET_AT = 4
const INET6_AT = 8

const native = systemLibrary((libc) => ({
  getsockname: libc.func('int getsockname(int fd, void *address, void *length)'),
  errno: libc.errno,
}))

/** The IP address that a socket is bound to; undefined for one of another family, such as a UNIX socket. Throws for no socket. */
export function boundAddress(fd: number): string | undefined {
  const { getsockname, errno } = native()
  const [address, length] = [Buffer.alloc(MAX_BYTES), Buffer.alloc(4)]
  const [write, read] =
    endianness() === 'LE'
      ? (['writeInt32LE', 'readUInt16LE'] as const)
      : (['writeInt32BE', 'readUInt16BE'] as const)
  length[write](MAX_BYTES)
  if (getsockname(fd, address, length) !== 0)
    throw new Error(`The kernel does not tell what file descriptor ${fd} is bound to (errno ${errno()}).`)
  switch (address[read]()) {
    case AF_INET:
      return [...address.subarray(INET_AT, INET_AT + 4)].join('.')
    case AF_INET6: {
      const groups = Array.from({ length: 8 }, (_, i) => address.readUInt16BE(INET6_AT + 2 * i).toString(16))
      return new SocketAddress({ family: 'ipv6', address: groups.join(':') }).address
    }
    default:
      return undefined
  }
}
