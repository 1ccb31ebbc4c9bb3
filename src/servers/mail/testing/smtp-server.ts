/** A real SMTP server for tests, on loopback: aiosmtpd (https://aiosmtpd.aio-libs.org) of Debian, with TLS, STARTTLS and AUTH. */
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { certificateFor } from '../../../host/outward/testing/certificate.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import type { ServerAddress } from '../accounts/account.ts'

export interface ReceivedMail {
  from: string
  to: string[]
  /** As it came, a character for each byte. */
  content: string
  /** What the server answered. */
  answer: string
}

export interface SmtpServer extends AsyncDisposable {
  /** All that it was given, whatever it answered. */
  readonly received: readonly ReceivedMail[]
  /** The next mail that it is given. */
  next(): Promise<ReceivedMail>
  /** What it is to answer to the next mails: a reply, `wait` until `go`, or `break off`; and always to recipients. */
  plan(plan: { answers?: string[]; refused?: Record<string, string>; go?: true }): Promise<void>
  address(user: string, security?: ServerAddress['security']): ServerAddress
}

const PYTHON = '/usr/bin/python3'

export async function startSmtp(
  users: Readonly<Record<string, string>>,
  { key, cert } = certificateFor('DNS:localhost,IP:127.0.0.1'),
  /** Who is asked, with the token behind it, whose an access token is. */
  { introspection = '' }: { introspection?: string } = {},
): Promise<SmtpServer> {
  const folder = temporaryDirectory()
  const file = (name: string, text: string) => {
    const path = join(folder.path, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const files = { key: file('key.pem', key), cert: file('cert.pem', cert) }
  const settings = JSON.stringify({ users, introspection, ...files })
  const server = spawn(PYTHON, [join(import.meta.dirname, 'smtp-server.py'), settings], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(server, 'close')
  const lines = createInterface({ input: server.stdout })
  const [first] = (await Promise.race([once(lines, 'line'), once(server, 'exit')])) as [unknown]
  if (typeof first !== 'string')
    throw new Error('The SMTP server does not start; python3-aiosmtpd is needed.')
  const ports = JSON.parse(first) as Record<ServerAddress['security'], number>
  const received: ReceivedMail[] = []
  const done: (() => void)[] = []
  const waiting: ((mail: ReceivedMail) => void)[] = []
  lines.on('line', (line) => {
    const told = JSON.parse(line) as ReceivedMail | { done: true }
    if ('done' in told) return done.shift()?.()
    received.push(told)
    waiting.shift()?.(told)
  })
  return {
    received,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    plan(plan) {
      const taken = new Promise<void>((resolve) => done.push(resolve))
      server.stdin.write(`${JSON.stringify(plan)}\n`)
      return taken
    },
    address: (user, security = 'tls') => ({
      host: 'localhost',
      port: ports[security],
      security,
      user,
      pin: new X509Certificate(cert).fingerprint256,
    }),
    async [Symbol.asyncDispose]() {
      server.kill('SIGKILL')
      await ended
      folder[Symbol.dispose]()
    },
  }
}
