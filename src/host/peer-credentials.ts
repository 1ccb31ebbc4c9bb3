/** Who is at the other end of a UNIX socket, as the kernel knows it: SO_PEERCRED in unix(7). */
import type { Socket } from 'node:net'
import { endianness } from 'node:os'
import { systemLibrary } from './system-library.ts'

/** asm-generic/socket.h, the same on x86-64 and arm64. */
const SOL_SOCKET = 1
const SO_PEERCRED = 17
/** struct ucred: pid_t, uid_t, gid_t. */
const UCRED_BYTES = 12

export interface PeerCredentials {
  pid: number
  uid: number
  gid: number
}

const native = systemLibrary((libc) => ({
  getsockopt: libc.func('int getsockopt(int fd, int level, int option, void *value, void *length)'),
  errno: libc.errno,
}))

/**
 * The process at the other end at the time it connected. Throws for a socket that is closed or no UNIX socket,
 * so that no peer is let in by mistake.
 */
export function peerCredentials(socket: Socket): PeerCredentials {
  const { fd = -1 } = (socket as Socket & { _handle?: { fd?: number } | null })._handle ?? {}
  if (fd < 0) throw new Error('The socket is closed, so the kernel cannot tell who is at its other end.')
  const { getsockopt, errno } = native()
  const [value, length] = [Buffer.alloc(UCRED_BYTES), Buffer.alloc(4)]
  const words = endianness() === 'LE' ? 'readInt32LE' : 'readInt32BE'
  new Int32Array(length.buffer, length.byteOffset, 1)[0] = UCRED_BYTES
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value, length) !== 0)
    throw new Error(`The kernel does not tell who is at the other end (errno ${errno()}).`)
  const [pid, uid, gid] = [value[words](0), value[words](4) >>> 0, value[words](8) >>> 0]
  // The kernel answers with pid 0 for sockets that are not UNIX sockets.
  if (pid <= 0) throw new Error('The socket is no UNIX socket, or its peer is of another PID namespace.')
  return { pid, uid, gid }
}
