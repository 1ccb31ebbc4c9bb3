/**
 * System calls about files that Node does not offer: extended attributes (xattr(7)), of which POSIX ACLs are some, flags
 * (ioctl_iflags(2)), and locks (flock(2)). A path may be one of `/proc/self/fd`; links are followed.
 */
import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { systemLibrary } from './system-library.ts'

/** linux/fs.h, for machines of 64 bits. */
const FS_IOC_GETFLAGS = 0x80086601
const FS_IOC_SETFLAGS = 0x40086602
/** sys/file.h. */
const LOCK_EX_NB = 2 | 4
/** The longest list of names, and the longest value (XATTR_LIST_MAX, XATTR_SIZE_MAX). */
const MAX_BYTES = 64 * 1024

const native = systemLibrary((libc) => ({
  errno: libc.errno,
  flock: libc.func('int flock(int fd, int operation)'),
  ioctl: libc.func('int ioctl(int fd, unsigned long request, void *argument)'),
  listxattr: libc.func('long listxattr(const char *path, void *list, unsigned long size)'),
  getxattr: libc.func('long getxattr(const char *path, const char *name, void *value, unsigned long size)'),
  setxattr: libc.func(
    'int setxattr(const char *path, const char *name, const void *value, unsigned long size, int flags)',
  ),
  removexattr: libc.func('int removexattr(const char *path, const char *name)'),
}))

/** A system call that failed; `code` is its name, such as EADDRINUSE. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError'
  readonly code: string
  constructor(call: string, errno: number) {
    const code = getSystemErrorName(-errno)
    super(`${call} failed: ${code}`)
    this.code = code
  }
}

/** The result of a call; undefined where it failed with one of `absent`. */
function checked(call: string, result: number, absent: readonly number[] = []): number | undefined {
  if (result >= 0) return result
  const errno = native().errno()
  if (absent.includes(errno)) return undefined
  throw new SystemCallError(call, errno)
}

/** Takes a lock that ends with this process, or when its file is closed; false where another one holds it. */
export function tryLock(fd: number): boolean {
  return checked('flock', native().flock(fd, LOCK_EX_NB), [constants.errno.EWOULDBLOCK]) !== undefined
}

/** The names of a file's extended attributes; none where its file system has none. */
export function attributeNames(path: string): string[] {
  const list = Buffer.alloc(MAX_BYTES)
  const length = checked('listxattr', native().listxattr(path, list, list.length), [constants.errno.ENOTSUP])
  return length ? list.toString('latin1', 0, length - 1).split('\0') : []
}

/** The value of an attribute; undefined where there is none of that name. */
export function readAttribute(path: string, name: string): Buffer | undefined {
  const value = Buffer.alloc(MAX_BYTES)
  const { ENODATA, ENOTSUP } = constants.errno
  const length = checked('getxattr', native().getxattr(path, name, value, value.length), [ENODATA, ENOTSUP])
  return length === undefined ? undefined : Buffer.from(value.subarray(0, length))
}

export function writeAttribute(path: string, name: string, value: Buffer): void {
  checked('setxattr', native().setxattr(path, name, value, value.length, 0))
}

export function removeAttribute(path: string, name: string): void {
  checked('removexattr', native().removexattr(path, name), [constants.errno.ENODATA])
}

/** The flags of an open file (`lsattr` shows them); undefined where its file system has none. */
export function fileFlags(fd: number): number | undefined {
  const flags = Buffer.alloc(8)
  const { ENOTTY, ENOTSUP, EINVAL, ENOSYS } = constants.errno
  const done = checked('ioctl', native().ioctl(fd, FS_IOC_GETFLAGS, flags), [ENOTTY, ENOTSUP, EINVAL, ENOSYS])
  return done === undefined ? undefined : new DataView(flags.buffer, flags.byteOffset).getInt32(0, true)
}

export function setFileFlags(fd: number, flags: number): void {
  const argument = Buffer.alloc(8)
  new DataView(argument.buffer, argument.byteOffset).setInt32(0, flags, true)
  checked('ioctl', native().ioctl(fd, FS_IOC_SETFLAGS, argument))
}
