/**
 * Work on files by descriptors. A path of the form `/proc/self/fd/N/name` is resolved by the kernel from the
 * folder that descriptor N holds, wherever it is by now; with O_NOFOLLOW on the one name that is left, nothing
 * that happens elsewhere on the path can redirect it.
 *
 * These calls are synchronous: each is one system call on metadata, and what they find stays true longer so.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
} from 'node:fs'
import type { DiskName } from './names.ts'
import { errnoOf } from './problems.ts'

/** Holds a file without opening it for reading or writing, so that no device or FIFO ever notices. */
const O_PATH = 0o10000000

/** A file or folder held open by descriptor. */
export class Held implements Disposable {
  readonly fd: number
  readonly stats: BigIntStats

  constructor(fd: number) {
    this.fd = fd
    this.stats = fstatSync(fd, { bigint: true })
  }

  /** A path that leads to exactly what is held. */
  get path(): string {
    return `/proc/self/fd/${this.fd}`
  }

  /** Which file it is, as long as the machine runs. */
  get id(): string {
    return `${this.stats.dev}:${this.stats.ino}`
  }

  /** Which mount it is on; two folders of one device can still be on different mounts. */
  get mount(): string {
    const info = readFileSync(`/proc/self/fdinfo/${this.fd}`, 'latin1')
    return `${this.stats.dev}/${/^mnt_id:\s*(\d+)$/m.exec(info)?.[1]}`
  }

  [Symbol.dispose](): void {
    closeSync(this.fd)
  }
}

/** The path of a name in a folder that is held. */
export function inside(folder: Held, name: DiskName): string | Buffer {
  const prefix = `${folder.path}/`
  return typeof name === 'string' ? prefix + name : Buffer.concat([Buffer.from(prefix), name])
}

export const holdRoot = (path: string): Held =>
  new Held(openSync(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW))

/** Holds what has this name in a folder, a link itself included; undefined where there is nothing. */
export function hold(folder: Held, name: DiskName): Held | undefined {
  try {
    return new Held(openSync(inside(folder, name), O_PATH | constants.O_NOFOLLOW))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The target of a link, or undefined if by now the name is none. */
export function linkTarget(folder: Held, name: DiskName): string | undefined {
  try {
    return readlinkSync(inside(folder, name))
  } catch (error) {
    if (errnoOf(error) === 'EINVAL' || errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}
