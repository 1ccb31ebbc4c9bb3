/** The listening sockets that systemd, or `luca up`, passed to this process: sd_listen_fds(3). */

const FIRST_FD = 3
const MAX_FDS = 1024

export interface InheritedSocket {
  fd: number
  /** FileDescriptorName= of the socket's unit; 'unknown' where the starter gave none. */
  name: string
}

/**
 * The sockets meant for the process `pid`, in the starter's order; none if the variables name another process.
 * The variables are removed from `env`, so that no child takes the sockets for its own. Throws where they
 * are malformed.
 */
export function inheritedSockets(env: NodeJS.ProcessEnv = process.env, pid = process.pid): InheritedSocket[] {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = env
  delete env.LISTEN_PID
  delete env.LISTEN_FDS
  delete env.LISTEN_FDNAMES
  if (LISTEN_PID === undefined || LISTEN_FDS === undefined) return []
  if (wholeNumber('LISTEN_PID', LISTEN_PID) !== pid) return []
  const count = wholeNumber('LISTEN_FDS', LISTEN_FDS)
  if (count > MAX_FDS) throw new Error(`LISTEN_FDS is ${count}; at most ${MAX_FDS} sockets can be inherited.`)
  const names = LISTEN_FDNAMES?.split(':') ?? []
  return Array.from({ length: count }, (_, i) => ({ fd: FIRST_FD + i, name: names[i] || 'unknown' }))
}

function wholeNumber(variable: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new Error(
    `${variable} is "${text}"; it must be a whole number. systemd sets it, or "luca up": do not set it by hand.`,
  )
}
