/** The process of the server is killed between the yes and the sending: it is sent once or not at all, and told which. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connect } from '../../../client/connect.ts'
import type { Connection } from '../../../client/connection.ts'
import { Activator } from '../../../framework/testing/activator.ts'
import { FakeGateway } from '../../../framework/testing/fake-gateway.ts'
import { until } from '../../../framework/testing/until.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import { CONSENT_REQUIRED, META, METHOD, type Result } from '../../../protocol/mcp.ts'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { type SmtpServer, startSmtp } from '../testing/smtp-server.ts'
import { accountAt } from '../testing/with-accounts.ts'
import type { OutboxShape } from '../tools/sending-shapes.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const LETTER = { to: ['eva@example.com'], subject: 'Once', text: 'Only once.' }

let dovecot: Dovecot
let smtp: SmtpServer
before(async () => {
  dovecot = await startDovecot()
  smtp = await startSmtp({ ada: 'secret' })
})
after(async () => {
  await dovecot[Symbol.asyncDispose]()
  await smtp[Symbol.asyncDispose]()
})

/** The server as a process, with an account that may send, and one email that was agreed to. */
async function agreed() {
  const folder = temporaryDirectory()
  const within = (name: string) => {
    const path = join(folder.path, name)
    mkdirSync(path, { mode: 0o700 })
    return path
  }
  const [state, configuration, credentials] = [
    within('state'),
    within('configuration'),
    within('credentials'),
  ]
  writeFileSync(join(configuration, 'mail.yaml'), 'hosts: [localhost]\nsendDelaySeconds: 0\n')
  writeFileSync(join(credentials, 'mcp-mail.ada.ada'), 'secret', { mode: 0o400 })
  const socket = join(folder.path, 'mail.sock')
  const activator = new Activator(
    socket,
    {
      STATE_DIRECTORY: state,
      CONFIGURATION_DIRECTORY: configuration,
      CREDENTIALS_DIRECTORY: credentials,
      LLMBDO_INSTANCE: 'ada',
    },
    MAIN,
  )
  await activator.ready()
  const gateway = new FakeGateway()
  let connection: Connection | undefined
  const request = async (method: string, params: Record<string, unknown>): Promise<Result> => {
    connection ??= await connect(socket, { clientInfo: { name: 'test', version: '1' } })
    return await connection.request(method, params, { peerRequests: gateway })
  }
  const call = async (name: string, args: object, agreed?: string) => {
    const result = (await request(METHOD.callTool, {
      name,
      arguments: args,
      ...(agreed !== undefined && { _meta: { [META.agreed]: agreed } }),
    })) as Result & { structuredContent: unknown; state: string; content: { text: string }[] }
    assert.ok(!result.isError, `${result.content?.map(({ text }) => text)} ${activator.said}`)
    return result
  }
  const agree = async (name: string, args: object) => {
    const { resultType, state } = await call(name, args)
    assert.equal(resultType, CONSENT_REQUIRED)
    await call(name, args, state)
  }
  await agree('add_account', { ...accountAt(dovecot, 'ada'), smtp: smtp.address('ada') })
  await agree('allow_account', { account: 'ada', allowed: 'send' })
  await agree('send_email', { ...LETTER })
  const [key = ''] = [...gateway.wakeList.entries.keys()].filter((one) => one.startsWith('send:'))
  return {
    gateway,
    wake: () => request(METHOD.woken, { key, due: Date.now(), late: false, tries: 0 }),
    async kill() {
      const ended = activator.ended.length
      activator.signal('SIGKILL')
      await until('it is killed', () => activator.ended.length > ended)
      connection = undefined
    },
    async outbox(): Promise<OutboxShape | undefined> {
      const { structuredContent } = await call('list_outbox', {})
      return (structuredContent as { emails: OutboxShape[] }).emails[0]
    },
    async [Symbol.asyncDispose]() {
      connection?.close()
      await activator[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

const inSent = async (): Promise<number> =>
  (await dovecot.doveadm('search', '-u', 'ada', 'mailbox', 'Gesendet', 'header', 'subject', 'Once'))
    .split('\n')
    .filter((line) => line !== '').length

test('while it waits, an email is sent once afterwards', async () => {
  await using it = await agreed()
  const [before, sent] = [smtp.received.length, await inSent()]
  await it.kill()
  assert.equal((await it.outbox())?.state, 'waiting')
  await it.wake()
  await it.wake()
  assert.deepEqual(
    [(await it.outbox())?.state, smtp.received.length, await inSent()],
    ['sent', before + 1, sent + 1],
  )
})

test('while a server has it and has not answered, it is not sent again, and its owner is told that nobody knows', async () => {
  await using it = await agreed()
  const before = smtp.received.length
  await smtp.plan({ answers: ['wait'] })
  const taken = smtp.next()
  const woken = it.wake().catch(() => {})
  await taken
  await it.kill()
  await woken
  await it.wake()
  await it.wake()
  const mail = await it.outbox()
  assert.deepEqual([mail?.state, smtp.received.length], ['unknown', before + 1])
  assert.match(mail?.problem ?? '', /Whether it left is not known.*not sent again/)
  assert.deepEqual(
    it.gateway.wakeList.told.map(({ name, data }) => [name, data.state]),
    [['mail.failed', 'unknown']],
  )
})

test('where its server keeps what is sent by itself, that tells that it left', async () => {
  await using it = await agreed()
  const before = smtp.received.length
  await smtp.plan({ answers: ['wait'] })
  const taken = smtp.next()
  const woken = it.wake().catch(() => {})
  const { content } = await taken
  await it.kill()
  await woken
  await dovecot.deliver('ada', [Buffer.from(content, 'latin1')], 'Gesendet')
  const sent = await inSent()
  await it.wake()
  assert.deepEqual(
    [(await it.outbox())?.state, smtp.received.length, await inSent()],
    ['sent', before + 1, sent],
  )
})

test('once it is sent, an email is neither sent nor filed again', async () => {
  await using it = await agreed()
  await it.wake()
  const [before, sent] = [smtp.received.length, await inSent()]
  await it.kill()
  await it.wake()
  assert.deepEqual([(await it.outbox())?.state, smtp.received.length, await inSent()], ['sent', before, sent])
})
