/** Servers that hang, refuse, and break off while mail is given to them. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { certificateFor } from '../../../host/outward/testing/certificate.ts'
import { listening, outwardToLoopback } from '../../../host/outward/testing/server.ts'
import type { MailProblem } from '../connection/mail-problem.ts'
import { openSmtp } from '../connection/open.ts'
import { logInToSmtp, SMTP_LIMITS } from '../smtp/session.ts'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { type SmtpServer, startSmtp } from '../testing/smtp-server.ts'
import { accountAt, type WithAccounts, withAccounts } from '../testing/with-accounts.ts'
import type { OutboxShape } from '../tools/sending-shapes.ts'

const certificate = certificateFor('DNS:mail.test')
const pin = new X509Certificate(certificate.cert).fingerprint256
const LIMITS = { ...SMTP_LIMITS, greetingMs: 200, silenceMs: 300, replyBytes: 10_000 }

/** What a server says to a command; undefined for what a good one says. */
type Says = (command: string, socket: Socket) => string | undefined

const good = (command: string): string => {
  if (/^EHLO/.test(command)) return '250-mail.test\r\n250-AUTH PLAIN\r\n250 SIZE 100000\r\n'
  if (/^AUTH/.test(command)) return '235 welcome\r\n'
  return /^DATA/.test(command) ? '354 go on\r\n' : '250 fine\r\n'
}

/** What comes of a mail for a server that says what a test has it say. `isBegun` tells whether the mail was begun with. */
async function handedTo(says: Says, greeting = '220 mail.test\r\n') {
  await using server = await listening(
    createTlsServer(certificate, (socket) => {
      socket.on('error', () => {}).setEncoding('latin1')
      if (greeting !== '') socket.write(greeting)
      let received = ''
      let isData = false
      socket.on('data', (text: string) => {
        received += text
        for (let end = received.indexOf('\r\n'); end !== -1; end = received.indexOf('\r\n')) {
          const line = received.slice(0, end)
          received = received.slice(end + 2)
          if (isData && line !== '.') continue
          const said = says(line, socket) ?? good(line)
          isData = !isData && said.startsWith('354')
          socket.write(said)
        }
      })
    }),
  )
  using outward = outwardToLoopback({})
  const address = { host: 'mail.test', port: server.port, security: 'tls' as const, pin }
  let isBegun = false
  try {
    const socket = await openSmtp(outward, address, AbortSignal.timeout(20_000))
    const session = await logInToSmtp(socket, { host: 'mail.test', user: 'ada', password: 'secret' }, LIMITS)
    const envelope = { from: 'ada@mail.test', to: ['eva@example.com'] }
    await session.send(envelope, Buffer.from('Subject: x\r\n\r\ny\r\n'), async () => {
      isBegun = true
    })
    session.close()
    return { isBegun, name: 'taken', message: '', isTemporary: undefined, problem: undefined }
  } catch (error) {
    const { name, message, isTemporary, problem } = error as MailProblem & { isTemporary?: boolean }
    return { isBegun, name, message, isTemporary, problem }
  }
}

const at =
  (command: RegExp, said: string): Says =>
  (given) =>
    command.test(given) ? said : undefined
const breakingOffAt =
  (command: RegExp): Says =>
  (given, socket) => {
    if (!command.test(given)) return undefined
    socket.destroy()
    return ''
  }

describe('a server that mail is given to', () => {
  test('takes it', async () => {
    assert.deepEqual(await handedTo(() => undefined), {
      isBegun: true,
      name: 'taken',
      message: '',
      isTemporary: undefined,
      problem: undefined,
    })
  })

  for (const [what, says, greeting, expected] of [
    ['hangs before it greets', () => undefined, '', { isTemporary: true, problem: 'unreachable' }],
    ['is none of mail', () => undefined, 'HTTP/1.1 400\r\n', { isTemporary: true, problem: 'broken' }],
    ['hangs at the login', at(/^AUTH/, ''), undefined, { isTemporary: true, problem: 'unreachable' }],
    ['refuses the login', at(/^AUTH/, '535 no\r\n'), undefined, { isTemporary: false, problem: 'login' }],
    [
      'lets no one in now',
      at(/^AUTH/, '454 later\r\n'),
      undefined,
      { isTemporary: true, problem: 'unreachable' },
    ],
    [
      'breaks off at the login',
      breakingOffAt(/^AUTH/),
      undefined,
      { isTemporary: true, problem: 'unreachable' },
    ],
    [
      'refuses the recipient',
      at(/^RCPT/, '550 who\r\n'),
      undefined,
      { isTemporary: false, problem: 'refused' },
    ],
    [
      'wants it later',
      at(/^RCPT/, '451 greylisted\r\n'),
      undefined,
      { isTemporary: true, problem: 'refused' },
    ],
    ['refuses the text', at(/^DATA/, '554 no\r\n'), undefined, { isTemporary: false, problem: 'refused' }],
    [
      'breaks off at the text',
      breakingOffAt(/^DATA/),
      undefined,
      { isTemporary: true, problem: 'unreachable' },
    ],
    [
      'answers without end',
      at(/^EHLO/, '250-x\r\n'.repeat(100_000)),
      undefined,
      { isTemporary: true, problem: 'broken' },
    ],
  ] as const)
    test(`that ${what} was given nothing of it`, async () => {
      const { isBegun, name, ...rest } = await handedTo(says as Says, greeting)
      assert.deepEqual([isBegun, name], [false, 'MailProblem'])
      assert.deepEqual({ isTemporary: rest.isTemporary, problem: rest.problem }, expected)
      assert.match(rest.message, /mail\.test/)
    })

  test('that breaks off before it says that it has it leaves that unknown', async () => {
    const { isBegun, name, message } = await handedTo(breakingOffAt(/^\.$/))
    assert.deepEqual([isBegun, name], [true, 'Unknown'])
    assert.match(message, /broke off before it said whether it took the email/)
  })

  test('that refuses it at the end says so', async () => {
    const { name, isTemporary, message } = await handedTo(at(/^\.$/, '554 spam\r\n'))
    assert.deepEqual([name, isTemporary], ['MailProblem', false])
    assert.match(message, /554 spam/)
  })
})

describe('a connection that is encrypted later', () => {
  async function starting(...replies: string[]): Promise<MailProblem> {
    await using server = await listening(
      createServer((socket) => {
        socket.on('error', () => {}).write(replies[0] ?? '')
        let next = 1
        socket.on('data', () => socket.write(replies[next++] ?? ''))
      }),
    )
    using outward = outwardToLoopback({})
    const address = { host: 'mail.test', port: server.port, security: 'starttls' as const, pin }
    return await openSmtp(outward, address, AbortSignal.timeout(20_000)).then(
      () => assert.fail('It was opened.'),
      (error: MailProblem) => error,
    )
  }
  const EHLO = '250-mail.test\r\n250-STARTTLS\r\n250 SIZE\r\n'

  test('is given up where the server does not encrypt', async () => {
    assert.match((await starting('220 hi\r\n', '250 mail.test\r\n')).message, /offers no STARTTLS/)
    assert.match((await starting('220 hi\r\n', EHLO, '454 no\r\n')).message, /does not encrypt.*454 no/)
    assert.match((await starting('554 go away\r\n')).message, /554 go away/)
    assert.match((await starting('220-x\r\n'.repeat(1000))).message, /does not come to an answer/)
  })

  test('is given up where more comes in clear text than a server sends', async () => {
    const injected = await starting('220 hi\r\n', EHLO, '220 begin\r\n250 mail.test\r\n')
    assert.match(injected.message, /More came before the connection was encrypted/)
  })
})

describe('the outbox', () => {
  let dovecot: Dovecot
  let smtp: SmtpServer
  let mail: WithAccounts
  before(async () => {
    dovecot = await startDovecot()
    smtp = await startSmtp({ ada: 'secret' })
    mail = await withAccounts([{ ...accountAt(dovecot, 'ada'), smtp: smtp.address('ada') }], {
      settings: 'sendDelaySeconds: 0\n',
    })
    await mail.agree('allow_account', { account: 'ada', allowed: 'send' })
  })
  after(async () => {
    await mail[Symbol.asyncDispose]()
    await dovecot[Symbol.asyncDispose]()
    await smtp[Symbol.asyncDispose]()
  })

  /** Sends one, and gives what became of it at the first attempt. */
  async function sent(to: string[], subject: string) {
    const { id } = await mail.agree<OutboxShape>('send_email', { to, subject, text: 'Hello.' })
    const { wakeList } = mail.running.gateway
    const key = [...wakeList.entries.keys()].findLast((one) => one.startsWith('send:')) ?? ''
    await mail.running.wake(key)
    const { emails } = await mail.ask<{ emails: OutboxShape[] }>('list_outbox')
    const shape = emails.find((one) => one.id === id)
    return { ...shape, again: wakeList.entries.get(key)?.time, told: wakeList.told.at(-1) }
  }

  test('tries again later what is not taken now', async () => {
    await smtp.plan({ answers: ['451 later'] })
    const { state, problem, again } = await sent(['eva@example.com'], 'Later')
    assert.equal(state, 'waiting')
    assert.match(problem ?? '', /does not take this email now.*451 later/)
    assert.ok((again ?? 0) > Date.now() + 30_000)
  })

  test('tells what is refused, and keeps it among the drafts', async () => {
    await smtp.plan({ answers: ['554 spam'] })
    const { state, problem, again, told } = await sent(['eva@example.com'], 'Refused')
    assert.deepEqual([state, again, told?.name], ['failed', undefined, 'mail.failed'])
    assert.match(problem ?? '', /554 spam.*lies in the drafts/)
    const { messages } = await mail.ask<{ messages: { subject: string }[] }>('list_emails', {
      mailbox: 'drafts',
    })
    assert.deepEqual(
      messages.map(({ subject }) => subject),
      ['Refused'],
    )
  })

  test('tells who is refused where others are not', async () => {
    await smtp.plan({ refused: { 'zoe@example.com': '550 nobody here' } })
    const { state, problem } = await sent(['eva@example.com', 'zoe@example.com'], 'Both')
    assert.equal(state, 'sent')
    assert.match(problem ?? '', /zoe@example\.com \(550 nobody here\)/)
  })

  test('does not send again what nobody knows of', async () => {
    await smtp.plan({ answers: ['break off'] })
    const { state, problem, again } = await sent(['eva@example.com'], 'Unknown')
    assert.deepEqual([state, again], ['unknown', undefined])
    assert.match(problem ?? '', /broke off before it said.*not sent again/)
  })
})
