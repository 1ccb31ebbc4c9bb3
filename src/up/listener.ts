/** Opens and removes the sockets of socket units. */
import { chmodSync, closeSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { CliError } from '../command/cli-error.ts'
import { SystemCallError } from '../host/file-calls.ts'
import { listenTcp, listenUnix, MAX_SOCKET_PATH_BYTES } from '../host/listening-sockets.ts'
import type { SocketUnit } from './units/socket-unit.ts'

export interface Listener {
  fd: number
  /** The name that its service knows it by. */
  name: string
  /** The TCP port; undefined for a UNIX socket. */
  port: number | undefined
  /** Closes it and removes its file and links. */
  close(): void
}

/**
 * Opens a socket. A file that a run before left in its place is replaced. Throws a CliError where the address
 * can't be had.
 */
export function openListener(unit: SocketUnit, map: (path: string) => string): Listener {
  const { address, descriptorName: name } = unit
  if (address.kind === 'tcp') {
    const { fd, port } = openTcp(address.host, address.port)
    return { fd, name, port, close: () => closeSync(fd) }
  }
  const path = map(address.path)
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES)
    throw new CliError(
      'usage',
      `The path of a socket can have ${MAX_SOCKET_PATH_BYTES} bytes, and ${path} has ${Buffer.byteLength(path)}; choose a shorter --state.`,
    )
  const links = unit.symlinks.map(map)
  for (const file of [path, ...links]) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
    rmSync(file, { force: true })
  }
  const fd = listenUnix(path)
  chmodSync(path, unit.mode)
  for (const link of links) symlinkSync(path, link)
  return {
    fd,
    name,
    port: undefined,
    close() {
      closeSync(fd)
      for (const file of [path, ...links]) rmSync(file, { force: true })
    },
  }
}

function openTcp(host: string, port: number): { fd: number; port: number } {
  try {
    return listenTcp(host, port)
  } catch (cause) {
    if (!(cause instanceof SystemCallError)) throw cause
    if (cause.code === 'EADDRINUSE')
      throw new CliError(
        'busy',
        `Port ${port} on ${host} is in use by another program; choose another with --port N, or --port 0 for a free one.`,
        { cause },
      )
    if (cause.code === 'EACCES')
      throw new CliError('denied', `Port ${port} needs more rights; choose one above 1023 with --port N.`, {
        cause,
      })
    throw cause
  }
}
