/** Stands between a client and a server of mail, as a second server: says what the client asks, and can withhold what the other offers. */
import { connect, createServer, type TLSSocket } from 'node:tls'
import { certificateFor } from '../../../host/outward/testing/certificate.ts'
import { listening } from '../../../host/outward/testing/server.ts'
import type { Dovecot } from './dovecot.ts'

export interface Overheard extends AsyncDisposable, Pick<Dovecot, 'imaps' | 'ca'> {
  /** Each command in its order, without its tag; but for those that log in and list folders. */
  readonly commands: string[]
  /** Whether the server has agreed to tell what comes (IDLE), and nothing was asked since. */
  isIdling(): boolean
  /** How many connections there were. */
  connections(): number
  /** Withholds the next such command. Resolves once it has come, with what lets it go on. */
  holding(command: RegExp): Promise<() => void>
  /** From now on nothing goes through, and nobody is told: as where a machine sleeps, or a router has forgotten. */
  freeze(): void
  /** Ends all connections, and takes none. */
  leave(): void
  /** New connections go through again; those of before stay dead. */
  comeBack(): void
}

export async function overhearing({
  imaps,
  hides = [],
}: Pick<Dovecot, 'imaps'> & { hides?: readonly string[] }): Promise<Overheard> {
  const certificate = certificateFor('DNS:localhost')
  const commands: string[] = []
  const links = new Set<{ isDead: boolean }>()
  const sockets = new Set<TLSSocket>()
  let isIdling = false
  let held: { command: RegExp; come: (letGo: () => void) => void } | undefined
  let isFrozen = false
  let isAway = false
  const server = await listening(
    createServer(certificate, (client) => {
      if (isAway) return void client.destroy()
      const behind = connect({ host: '127.0.0.1', port: imaps, rejectUnauthorized: false })
      const link = { isDead: isFrozen }
      links.add(link)
      const pass = (from: TLSSocket, to: TLSSocket, taken: (text: string) => string) => {
        sockets.add(from)
        from.on('error', () => {}).setEncoding('latin1')
        from.on('data', (text: string) => {
          const passed = taken(text)
          const letGo = () => {
            if (!link.isDead) to.write(passed, 'latin1')
            from.resume()
          }
          if (from !== client || !commandsIn(text).some((one) => held?.command.test(one))) return letGo()
          from.pause()
          held?.come(letGo)
          held = undefined
        })
        from.on('close', () => link.isDead || to.destroy())
      }
      pass(client, behind, (text) => {
        isIdling = false
        commands.push(...commandsIn(text))
        return text
      })
      pass(behind, client, (text) => {
        isIdling ||= commands.at(-1) === 'IDLE' && /^\+ /m.test(text)
        return without(text, hides)
      })
    }),
  )
  return {
    imaps: server.port,
    ca: certificate.cert,
    commands,
    isIdling: () => isIdling,
    connections: () => server.connections(),
    holding: (command) =>
      new Promise((resolve) => {
        held = { command, come: resolve }
      }),
    freeze() {
      isFrozen = true
      for (const link of links) link.isDead = true
    },
    leave() {
      isAway = true
      for (const socket of sockets) socket.destroy()
    },
    comeBack() {
      isFrozen = false
      isAway = false
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

const commandsIn = (text: string): string[] =>
  text
    .split('\r\n')
    .flatMap((line) => /^(?:[0-9A-F]+ )?([A-Z].*)/.exec(line)?.slice(1) ?? [])
    .filter((command) => !/^(?:LOGIN|AUTHENTICATE|ID|CAPABILITY|ENABLE|NAMESPACE|LIST|LSUB)\b/.test(command))

/** Of the same length, so that what counts bytes still counts them. */
const without = (text: string, words: readonly string[]): string =>
  words.reduce((rest, word) => rest.replaceAll(word, `X${word.slice(1)}`), text)
