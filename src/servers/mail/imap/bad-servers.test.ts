/** Servers that hang, break off, lie, and send without end; each by a socket that says what a test has it say. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { certificateFor } from '../../../host/outward/testing/certificate.ts'
import { listening, outwardToLoopback, webServer } from '../../../host/outward/testing/server.ts'
import type { MailProblem } from '../connection/mail-problem.ts'
import { openImap } from '../connection/open.ts'
import type { ImapClient, OpenMailbox, Part } from './client.ts'
import { IMAP_LIMITS, type ImapLimits, logIn } from './imapflow.ts'

const certificate = certificateFor('DNS:mail.test')
const pin = new X509Certificate(certificate.cert).fingerprint256
const MEGABYTE = 1024 * 1024
const LIMITS = {
  ...IMAP_LIMITS,
  greetingMs: 150,
  silenceMs: 300,
  answerMs: 600,
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
  run: (logIn: (limits?: ImapLimits) => Promise<ImapClient>) => Promise<void>,
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
  await run(async (limits = LIMITS) => {
    const address = { host: 'mail.test', port: server.port, security: 'tls' as const, pin }
    const socket = await openImap(outward, address, AbortSignal.timeout(20_000))
    return await logIn(
      socket,
      { host: 'mail.test', port: server.port, user: 'ada', password: 'secret' },
      limits,
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

/** Headers of 100 MB, in messages of which each is within what is taken. */
const MANY = 250
const BIG = 'x'.repeat(100_000)
function* manyHeaders(tag: string): Generator<string> {
  const big = `{${BIG.length}}\r\n${BIG}`
  for (let i = 1; i <= MANY; i++)
    yield `* ${i} FETCH (UID ${i} ENVELOPE (NIL ${big} ((${big} NIL "a" "b")) NIL NIL NIL NIL NIL NIL NIL) BODY[HEADER.FIELDS (references)] {${2 * BIG.length}}\r\n${BIG}${BIG})\r\n`
  yield `${tag} OK done\r\n`
}

async function sendAll(socket: Socket, all: Iterable<string>): Promise<void> {
  for (const one of all) if (!socket.write(one)) await once(socket, 'drain')
}

const memory = (): number => {
  setFlagsFromString('--expose_gc')
  const collect = runInNewContext('gc') as () => void
  // The first lets go of what holds buffers, and the second of these.
  for (let i = 0; i < 2; i++) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

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

/** What a server says of its one message. */
const message = (items: string) => `* 1 FETCH (UID 1 ${items})\r\n`
const ENVELOPE = 'ENVELOPE (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL)'
const PART: Part = {
  id: '1',
  type: 'text/plain',
  charset: undefined,
  encoding: '7bit',
  size: 4,
  fileName: undefined,
  isAttachment: false,
}

describe('a server that lies about sizes', () => {
  for (const [said, size] of [
    ['0', 0],
    ['4294967295', 4_294_967_295],
    ['-5', 0],
    ['NIL', 0],
    ['99999999999999999999999', 0],
  ] as const)
    test(`of a message, of ${said} bytes, is believed no more than a size can be`, () =>
      withServer(
        only(/^FETCH/, (tag) => `${message(`RFC822.SIZE ${said} ${ENVELOPE}`)}${tag} OK done\r\n`),
        async (logIn) => {
          const client = await logIn()
          await reading(client, async (mailbox) => {
            const all = []
            for await (const header of mailbox.newest(10)) all.push([header.subject, header.size])
            assert.deepEqual(all, [['s', size]])
          })
        },
      ))

  test('of a part gives no more than what was asked for', () =>
    withServer(
      only(/^FETCH/, (tag) => `${message(`BODY[1]<0> {1000}\r\n${'x'.repeat(1000)}`)}${tag} OK done\r\n`),
      async (logIn) => {
        const client = await logIn()
        await reading(client, async (mailbox) => {
          assert.equal((await mailbox.part(1, PART, 10))?.toString(), 'x'.repeat(10))
          assert.equal((await mailbox.sent(1, PART, 0, 10))?.length, 10)
        })
      },
    ))

  for (const [what, said] of Object.entries({
    'more than comes': (tag: string) => `${message('BODY[1]<0> {1000}\r\nabcd')}${tag} OK done\r\n`,
    'less than comes': (tag: string) => `${message('BODY[1]<0> {4}\r\nabcdefgh')}${tag} OK done\r\n`,
  }))
    test(`of what it sends, ${what}, gives nothing that it did not send as that part`, () =>
      withServer(only(/^FETCH/, said), async (logIn) => {
        const client = await logIn()
        const part = await client
          .inMailbox('INBOX', (mailbox) => mailbox.part(1, PART, 100))
          .catch((error: unknown) => {
            problem('unreachable', /does not answer any more|broke off/)(error)
            assert.equal(client.isOpen, false)
            return undefined
          })
        assert.ok(part === undefined || part.toString() === 'abcd', part?.toString())
      }))
})

describe('a server that sends too much', () => {
  test('in headers takes no more memory than what is kept of them', () =>
    withServer(
      (command, tag, socket) => {
        if (/^SELECT|^EXAMINE/.test(command))
          return `* ${MANY} EXISTS\r\n* OK [UIDVALIDITY 1] \r\n* OK [UIDNEXT ${MANY + 1}] \r\n${tag} OK [READ-ONLY] done\r\n`
        if (!/^FETCH/.test(command)) return undefined
        void sendAll(socket, manyHeaders(tag))
        return ''
      },
      async (logIn) => {
        const client = await logIn(IMAP_LIMITS)
        await reading(client, async (mailbox) => {
          const kept = []
          const before = memory()
          for await (const header of mailbox.newest(MANY)) kept.push(header)
          const more = memory() - before
          assert.equal(kept.length, MANY)
          assert.ok(more < 40 * MEGABYTE, `${Math.round(more / MEGABYTE)} MB`)
        })
      },
    ))

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

describe('a server that says much and never answers', () => {
  const endlessly = (said: string) => (_: string, socket: Socket) => {
    const more = setInterval(() => socket.write(said.repeat(20)), 5)
    socket.once('close', () => clearInterval(more))
    return ''
  }
  for (const [what, said] of Object.entries({
    'that all is well': '* OK wait\r\n',
    'that there are new messages': '* 5 EXISTS\r\n',
    'that messages are gone': '* 1 EXPUNGE\r\n',
    'what was found': '* SEARCH 1 2 3\r\n',
    'what nobody knows': '* NONSENSE 1\r\n',
    'what answers nothing': 'x99 OK done\r\n',
  }))
    test(`but says ${what} is stopped`, () =>
      withServer(only(/^SEARCH|^FETCH/, endlessly(said)), async (logIn) => {
        for (const ask of [headers, (mailbox: OpenMailbox) => mailbox.uids()]) {
          const client = await logIn()
          await assert.rejects(reading(client, ask), { name: 'MailProblem' })
          assert.equal(client.isOpen, false)
        }
      }))

  for (const [command, said] of [
    [/^LOGIN|^AUTHENTICATE/, '* OK wait\r\n'],
    [/^LIST|^NAMESPACE/, '* LIST () "/" "another"\r\n'],
  ] as const)
    test(`while it is logged in to, by ${command.source}, is stopped`, () =>
      withServer(only(command, endlessly(said)), (logIn) =>
        assert.rejects(logIn(), problem('broken', /mail\.test says much and does not come to an answer/)),
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

describe('a server that is none of mail by IMAP', () => {
  for (const [what, greeting] of Object.entries({
    'one of the web': 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
    'one that mail is sent by': '220 mail.test ESMTP\r\n',
    'one of POP3': '+OK ready\r\n',
  }))
    test(`but ${what} is said to be none, with what it says`, () =>
      withServer(
        () => '',
        (logIn) =>
          assert.rejects(
            logIn(),
            problem(
              'broken',
              /^mail\.test is no server of mail by IMAP: check --host and --port .* It says: (?:HTTP\/1\.1 400 Bad Request|220 mail\.test ESMTP|\+OK ready)$/,
            ),
          ),
        greeting,
      ))

  test('but a real one of the web, which waits to be asked, is given up', async () => {
    await using server = await webServer((_, response) => response.end('Hello.'), { tls: certificate })
    using outward = outwardToLoopback({})
    const address = { host: 'mail.test', port: server.port, security: 'tls' as const, pin }
    const socket = await openImap(outward, address, AbortSignal.timeout(20_000))
    await assert.rejects(
      logIn(socket, { ...address, user: 'ada', password: 'secret' }, LIMITS),
      problem('unreachable', /says nothing; it may be no server of mail by IMAP: check --port/),
    )
  })
})

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
