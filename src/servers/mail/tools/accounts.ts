/** Accounts are added, tried and forgotten by their owner, with `luca mail`; a password is never among the arguments. */
import { isDeepStrictEqual } from 'node:util'
import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { Account } from '../accounts/account.ts'
import type { Mail } from '../mail.ts'
import type { OutboxMail } from '../sending/outbox-store.ts'
import { AccountParameter, Options } from './shapes.ts'

export const ACCOUNTS_CAPABILITY = 'mail.accounts'
export const Email = Type.String({ minLength: 3, maxLength: 320, description: 'The address.' })

const CHANGES = { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false }

export const addAccount = defineTool({
  name: 'add_account',
  title: 'Add Mail Account',
  description:
    'Logs in to an account, and keeps it if that works; one of the same name is changed. Its password is the secret of its name, which "luca mail add" keeps; where that goes is asked first.',
  capability: ACCOUNTS_CAPABILITY,
  input: Account,
  output: Type.Object({
    account: Type.String(),
    sending: Type.Optional(Type.String({ description: 'Why mail can not be sent; absent where it can.' })),
  }),
  annotations: { ...CHANGES, destructiveHint: true, openWorldHint: true },
  asksItself: true,
  stake: ['id', 'imap', 'smtp'],
  untrusted: 'mail',
  async handler(account, call, mail: Mail) {
    const { id, imap, smtp = imap } = account
    const before = mail.accounts.all().find((one) => one.id === id)
    if (!isDeepStrictEqual(before, account))
      call.consent(
        `give what ${JSON.stringify(id)} logs in with to ${[...new Set([imap.host, smtp.host])].join(' and ')}`,
        JSON.stringify([before ?? null, account]),
      )
    const sending = await mail.keepAccount(account, call)
    return { structured: { account: id, ...(sending !== undefined && { sending }) } }
  },
})

export const checkAccount = defineTool({
  name: 'check_account',
  title: 'Check Mail Account',
  description: 'Logs in to an account and lists its folders. The error says what is wrong and what to do.',
  capability: ACCOUNTS_CAPABILITY,
  input: Type.Object(
    {
      account: AccountParameter,
      toSend: Type.Optional(Type.Boolean({ default: false, description: 'Also where its mail is sent by.' })),
    },
    Options,
  ),
  output: Type.Object({
    account: Type.String(),
    email: Type.String(),
    mailboxes: Type.Integer(),
    messages: Type.Integer({ description: 'In the inbox.' }),
  }),
  annotations: { ...CHANGES, openWorldHint: true },
  async handler({ account: named, toSend = false }, call, mail: Mail) {
    const account = mail.accounts.named(named)
    const { id, email } = account
    return { structured: { account: id, email, ...(await mail.check(account, call, { toSend })) } }
  },
})

export const removeAccount = defineTool({
  name: 'remove_account',
  title: 'Forget Mail Account',
  description:
    'Forgets an account with all that is kept of its mail here and what waits to be sent, once a person has agreed. On its server everything stays.',
  capability: ACCOUNTS_CAPABILITY,
  input: Type.Object({ account: Type.String({ maxLength: 320 }) }, Options),
  output: Type.Object({
    account: Type.String(),
    unsent: Type.Integer({ description: 'How many emails waited to be sent, and are not sent.' }),
  }),
  annotations: { ...CHANGES, destructiveHint: true },
  asksItself: true,
  stake: ['account'],
  async handler({ account: named }, call, mail: Mail) {
    const { id, email } = mail.accounts.named(named)
    const unsent = mail.sending.outbox.unsentOf(id)
    call.consent(
      [`forget the account ${email}`, ...lossOf(unsent)].join('; '),
      JSON.stringify([id, unsent.map((one) => one.id)]),
    )
    await mail.forget(id, call)
    return { structured: { account: id, unsent: unsent.length } }
  },
})

/** Of the mails that are lost with an account, so many are named. */
const MAX_NAMED = 3

function lossOf(unsent: readonly OutboxMail[]): string[] {
  if (unsent.length === 0) return []
  const named = unsent
    .slice(0, MAX_NAMED)
    .map(({ subject, recipients: [first = ''] }) => `${JSON.stringify(subject)} to ${first}`)
  const count =
    unsent.length === 1
      ? '1 email waits to be sent, and is lost'
      : `${unsent.length} emails wait to be sent, and are lost`
  return [`${count}: ${named.join(', ')}${unsent.length > MAX_NAMED ? ' and others' : ''}`]
}
