/** Servers that hang, break off, lie, and send without end; each by a socket that says what a test has it say. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { certificateFor } from '../../../host/outward/testing/certificate.ts'
import { listening, outwardToLoopback } from '../../../host/outward/testing/server.ts'
import type { MailProblem } from '../connection/mail-problem.ts'
import { openImap } from '../connection/open.ts'
import type { ImapClient, OpenMailbox } from './client.ts'
import { IMAP_LIMITS, logIn } from './imapflow.ts'

const certificate = certificateFor('DNS:mail.test')
const pin = new X509Certificate(certificate.cert).fingerprint256
const MEGABYTE = 1024 * 1024
const LIMITS = {
  ...IMAP_LIMITS,
  greetingMs: 150,
  silenceMs: 300,
  lineBytes: MEGABYTE,
  literalBytes: MEGABYTE,
  responseBytes: 2 * MEGABYTE,
}
const GREETING = '* OK [CAPABILITY IMAP4rev1] ready\r\n'

/** What a server says to a command; undefined where it says nothing. `tag` is that of the command. */
type Says = (command: string, tag: string, socket: Socket) => string | undefined

/** As a server of mail with one message, but for what `bad` says. */
const says =
  (bad: Says): Says =>
  (command, tag, socket) => {
    const own = bad(command, tag, socket)
    if (own !== undefined) return own
    const done = `${tag} OK done\r\n`
    if (/^SELECT|^EXAMINE/.test(command))
      return `* 1 EXISTS\r\n* OK [UIDVALIDITY 1] \r\n* OK [UIDNEXT 2] \r\n${tag} OK [READ-ONLY] done\r\n`
    if (/^CAPABILITY/.test(command)) return `* CAPABILITY IMAP4rev1\r\n${done}`
    if (/^LIST|^LSUB/.test(command)) return `* LIST () "/" INBOX\r\n${done}`
    return done
  }

async function withServer(
  bad: Says,
  run: (logIn: () => Promise<ImapClient>) => Promise<void>,
  greeting: string | null = GREETING,
): Promise<void> {
  const answer = says(bad)
  await using server = await listening(
    createTlsServer(certificate, (socket) => {
      socket.on('error', () => {}).setEncoding('latin1')
      if (greeting === null) return void socket.destroy()
      socket.write(greeting)
      let received = ''
      socket.on('data', (text: string) => {
        received += text
        for (let end = received.indexOf('\r\n'); end !== -1; end = received.indexOf('\r\n')) {
          const [tag = '', ...words] = received.slice(0, end).split(' ')
          received = received.slice(end + 2)
          const said = answer(words.join(' ').replace(/^UID /, ''), tag, socket)
          if (said) socket.write(said)
        }
      })
    }),
  )
  using outward = outwardToLoopback({})
  await run(async () => {
    const address = { host: 'mail.test', port: server.port, security: 'tls' as const, pin }
    const socket = await openImap(outward, address, AbortSignal.timeout(20_000))
    return await logIn(
      socket,
      { host: 'mail.test', port: server.port, user: 'ada', password: 'secret' },
      LIMITS,
    )
  })
}

const problem = (kind: MailProblem['problem'], message: RegExp) => (error: unknown) => {
  const { name, problem: actual, message: text } = error as MailProblem
  assert.deepEqual([name, actual], ['MailProblem', kind], text)
  assert.match(text, message)
  return true
}
const reading = (client: ImapClient, work: (mailbox: OpenMailbox) => Promise<unknown>) =>
  client.inMailbox('INBOX', work)
async function headers(mailbox: OpenMailbox): Promise<number> {
  let count = 0
  for await (const _ of mailbox.newest(10)) count++
  return count
}
const only =
  (command: RegExp, said: (tag: string, socket: Socket) => string): Says =>
  (given, tag, socket) =>
    command.test(given) ? said(tag, socket) : undefined

describe('a server that hangs', () => {
  test('before it greets is given up', () =>
    withServer(
      () => '',
      (logIn) => assert.rejects(logIn(), problem('unreachable', /takes the connection and says nothing/)),
      '',
    ))

  test('at the login, or at what it is asked for, is given up, and the connection is not used again', async () => {
    await withServer(
      only(/^LOGIN|^AUTHENTICATE/, () => ''),
      (logIn) => assert.rejects(logIn(), problem('unreachable', /mail\.test/)),
    )
    await withServer(
      only(/^FETCH/, () => ''),
      async (logIn) => {
        const client = await logIn()
        await assert.rejects(reading(client, headers), problem('unreachable', /mail\.test/))
        assert.equal(client.isOpen, false)
      },
    )
  })

  test('at the end is not waited for', () =>
    withServer(
      only(/^LOGOUT/, () => ''),
      async (logIn) => {
        const client = await logIn()
        await client.close()
        assert.equal(client.isOpen, false)
      },
    ))
})

describe('a server that breaks off', () => {
  test('in the middle of what it sends costs what was asked for, and no more', () =>
    withServer(
      only(/^FETCH/, (_, socket) => {
        socket.end('* 1 FETCH (UID 1 BODY[1] {1000}\r\nabc')
        return ''
      }),
      async (logIn) => {
        const client = await logIn()
        await assert.rejects(reading(client, headers), problem('unreachable', /broke off/))
      },
    ))

  test('in place of a login is no wrong password', () =>
    withServer(
      only(/^LOGIN|^AUTHENTICATE/, (_, socket) => {
        socket.destroy()
        return ''
      }),
      (logIn) => assert.rejects(logIn(), problem('unreachable', /mail\.test/)),
    ))
})

describe('a server that sends too much', () => {
  for (const [what, said] of Object.entries({
    'a line without an end': 'x'.repeat(2 * MEGABYTE),
    'a part that is larger than what is taken': `* 1 FETCH (UID 1 BODY[1] {${100 * MEGABYTE}}\r\n${'x'.repeat(1000)}`,
    'a response of many words': `* 1 FETCH (${'('.repeat(20_000)}`,
  }))
    test(`is stopped at ${what}`, () =>
      withServer(
        only(/^FETCH/, () => said),
        async (logIn) => {
          const client = await logIn()
          await assert.rejects(reading(client, headers), (error: unknown) => {
            assert.ok(['broken', 'unreachable'].includes((error as MailProblem).problem), String(error))
            return true
          })
          assert.equal(client.isOpen, false)
        },
      ))
})

test('a server that tells of messages without end is stopped', () =>
  withServer(
    only(/^FETCH/, () =>
      Array.from(
        { length: 3000 },
        (_, i) => `* ${i + 1} FETCH (UID ${i + 1} ENVELOPE (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL))\r\n`,
      ).join(''),
    ),
    async (logIn) => {
      const client = await logIn()
      await assert.rejects(reading(client, headers), problem('broken', /more messages than it has/))
      assert.equal(client.isOpen, false)
    },
  ))

test('a server that is gone before anyone speaks to it costs nothing but the call', () =>
  withServer(
    () => undefined,
    async (logIn) => assert.rejects(logIn(), problem('unreachable', /mail\.test/)),
    null,
  ))

describe('a connection that is encrypted later', () => {
  async function starting(greeting: string, answer: string): Promise<unknown> {
    await using server = await listening(
      createServer((socket) => {
        socket.on('error', () => {}).write(greeting)
        socket.once('data', () => socket.write(answer))
      }),
    )
    using outward = outwardToLoopback({})
    const address = { host: 'mail.test', port: server.port, security: 'starttls' as const, pin }
    return await openImap(outward, address, AbortSignal.timeout(20_000)).then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  test('is given up where the server does not encrypt, lets everyone in before, or is none of mail', async () => {
    const refuses = await starting(GREETING, 'tls BAD what is that\r\n')
    problem('refused', /does not encrypt this connection: tls BAD/)(refuses)
    problem('refused', /lets everyone in before/)(await starting('* PREAUTH welcome\r\n', ''))
    problem('refused', /does not encrypt/)(await starting('220 smtp ready\r\n', ''))
    problem('broken', /no server of mail/)(await starting('x'.repeat(100_000), ''))
    problem('broken', /does not come to an answer/)(await starting(GREETING, '* OK wait\r\n'.repeat(1000)))
  })

  test('is given up where more comes in clear text than a server sends', async () => {
    const injected = await starting(GREETING, 'tls OK begin\r\n* 1 FETCH (UID 1)\r\n')
    problem('broken', /More came before the connection was encrypted/)(injected)
  })
})
