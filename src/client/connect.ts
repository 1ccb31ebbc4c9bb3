/** How a connection to a server of this machine is made. */
import { connect as connectSocket } from 'node:net'
import { Connection, type ConnectionOptions } from './connection.ts'

/** Connects to a UNIX socket. Rejects with the system's error (ENOENT, ECONNREFUSED, EACCES) or after `timeoutMs`. */
export function connect(path: string, options: ConnectionOptions, timeoutMs = 10_000): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(path)
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`${path} did not accept a connection within ${timeoutMs} ms.`))
    }, timeoutMs)
    const failed = (error: Error) => {
      clearTimeout(timer)
      reject(error)
    }
    socket.once('error', failed)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeListener('error', failed)
      resolve(new Connection(socket, options))
    })
  })
}
