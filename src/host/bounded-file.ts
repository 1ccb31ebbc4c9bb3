/**
 * Reads a file of the machine without trusting what it is: regular files alone, none longer than is wanted, and without waiting
 * for whoever writes a pipe. All that our programs read at their start and on demand is read here.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { shown } from '../protocol/foreign-text.ts'

/** What is at a path is no file that can be used; the message says what it is, by its path. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile'
}

export interface Reading {
  /** Takes no link in the last place of the path: for a folder that others write. */
  nofollow?: boolean
  /** Takes no file that others may read or change: for secrets. */
  secret?: boolean
}

/**
 * What others may do with a file: nothing. Its group may read: where an access control list lets one more user read, the mode shows it
 * as that of the group (acl(5)), and so does systemd give a service its credentials.
 */
const OTHERS = 0o027

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_NOCTTY } = constants
const flagsOf = ({ nofollow = false }: Reading): number =>
  O_RDONLY | O_NONBLOCK | O_NOCTTY | (nofollow ? O_NOFOLLOW : 0)

/** The file's bytes; undefined if there is no such file. Throws, naming it, if it is no file, can't be read, or has more than `maxBytes`. */
export async function readBytesBounded(
  path: string,
  maxBytes: number,
  reading: Reading = {},
): Promise<Buffer | undefined> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path, flagsOf(reading))
  } catch (error) {
    return unopened(path, error as NodeJS.ErrnoException)
  }
  try {
    const buffer = bufferFor(path, await file.stat(), maxBytes, reading)
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length)
      if (bytesRead === 0) return buffer.subarray(0, length)
      length += bytesRead
    }
    throw tooLarge(path, maxBytes)
  } finally {
    await file.close()
  }
}

/** As `readBytesBounded`, at once. */
export function readBytesBoundedSync(
  path: string,
  maxBytes: number,
  reading: Reading = {},
): Buffer | undefined {
  let file: number
  try {
    file = openSync(path, flagsOf(reading))
  } catch (error) {
    return unopened(path, error as NodeJS.ErrnoException)
  }
  try {
    const buffer = bufferFor(path, fstatSync(file), maxBytes, reading)
    let length = 0
    while (length < buffer.length) {
      const bytesRead = readSync(file, buffer, length, buffer.length - length, null)
      if (bytesRead === 0) return buffer.subarray(0, length)
      length += bytesRead
    }
    throw tooLarge(path, maxBytes)
  } finally {
    closeSync(file)
  }
}

/** The file's text; else as `readBytesBounded`. */
export const readFileBounded = async (
  path: string,
  maxBytes: number,
  reading?: Reading,
): Promise<string | undefined> => (await readBytesBounded(path, maxBytes, reading))?.toString('utf8')

/** The file's text, at once; else as `readBytesBounded`. */
export const readFileBoundedSync = (path: string, maxBytes: number, reading?: Reading): string | undefined =>
  readBytesBoundedSync(path, maxBytes, reading)?.toString('utf8')

/** The text of a file that must be there. Throws where it is not, too. */
export function mustReadFileSync(path: string, maxBytes: number, reading?: Reading): string {
  const text = readFileBoundedSync(path, maxBytes, reading)
  if (text === undefined) throw new UnusableFile(`There is no file ${shown(path)}.`)
  return text
}

/** Throws where the file is not one that can be read to its end. */
function bufferFor(path: string, stats: Stats, maxBytes: number, { secret = false }: Reading): Buffer {
  if (!stats.isFile()) throw notAFile(path, stats)
  if (secret && (stats.mode & OTHERS) !== 0) throw notSecret(path, stats)
  if (stats.size > maxBytes) throw tooLarge(path, maxBytes)
  return Buffer.alloc(stats.size + 1)
}

/**
 * Throws UnusableFile where something else than a file is at a path that another program is going to open. Gives what is there,
 * undefined for nothing.
 */
export function mustBeFileIfThere(path: string, { nofollow = false }: Reading = {}): Stats | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats && !stats.isFile()) throw notAFile(path, stats)
  const itself = nofollow ? lstatSync(path, { throwIfNoEntry: false }) : undefined
  if (itself?.isSymbolicLink()) throw notAFile(path, itself)
  return stats
}

const notAFile = (path: string, stats: Stats): Error =>
  new UnusableFile(`${shown(path)} is ${kindOf(stats)}, not a file.`)

const notSecret = (path: string, { mode }: Stats): Error =>
  new UnusableFile(
    `${shown(path)} holds a secret, and others may read or change it (mode ${(mode & 0o777).toString(8)}); "chmod 600" keeps it to its owner.`,
  )

const tooLarge = (path: string, maxBytes: number): Error =>
  new UnusableFile(`${shown(path)} is larger than ${maxBytes} bytes, or grew while it was read.`)

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a pipe (FIFO)'
  if (stats.isDirectory()) return 'a folder'
  if (stats.isSocket()) return 'a socket'
  if (stats.isSymbolicLink()) return 'a link'
  return 'a device'
}

/** Undefined where there is no such file; throws what else it is. */
function unopened(path: string, cause: NodeJS.ErrnoException): undefined {
  switch (cause.code) {
    case 'ENOENT':
      return undefined
    case 'ENXIO':
      throw new UnusableFile(`${shown(path)} is a socket, not a file.`, { cause })
    case 'ELOOP':
      throw new UnusableFile(`${shown(path)} is a link, which is not followed here, or leads in a circle.`, {
        cause,
      })
    case 'EACCES':
    case 'EPERM':
      throw new UnusableFile(`${shown(path)} may not be read by this user (${cause.code}).`, { cause })
    default:
      throw cause
  }
}
