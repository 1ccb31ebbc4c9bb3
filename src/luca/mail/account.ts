/** Adding an account, giving its password, and forgetting it. A password goes into the secrets, and nowhere else. */
import { CliError } from '../../command/cli-error.ts'
import type { Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, writeJson, writeLine, writeTable } from '../../command/output.ts'
import { readSecret, readSecrets } from '../../command/secret-input.ts'
import { keySecretOf, smtpSecretOf } from '../../contracts/mail-secrets.ts'
import { isRecord, wholeIn } from '../../protocol/values.ts'
import {
  type AccountInfo,
  askAccounts,
  askAdd,
  askAllow,
  askCheck,
  askForget,
  askSettings,
  type FoundSettings,
  type ServerSettings,
} from './ask.ts'
import { keepSecret, removeSecret, removeSecrets } from './secrets.ts'
import { newKey, signIn } from './sign-in.ts'

/** Finds the settings, asks for the password, and logs in. What can't be logged in to is not kept. */
export async function addAccount(email: string, input: Input, context: Context): Promise<Outcome> {
  const { io } = context
  const { value: found } = await askSettings(context, email)
  const imap = settingsOf(found.imap, input)
  if (found.from === 'domain' && imap.host === found.imap.host && input.text('host') === undefined)
    mustBelongTo(email, imap.host)
  const id = input.text('name') ?? found.account
  const known = (await askAccounts(context)).value.find((one) => one.id === id)
  if (known && known.email.toLowerCase() !== email.toLowerCase())
    throw new CliError(
      'usage',
      `There is an account ${inLine(id)} already; --name gives this one another name.`,
    )
  const isSure = found.from !== 'guess' || input.text('host') !== undefined
  if (!context.json) {
    const how = imap.security === 'tls' ? 'by TLS' : 'by STARTTLS'
    writeLine(
      io.stderr,
      `${isSure ? 'Its mail is' : 'Its mail may be'} at ${inLine(imap.host)}, port ${imap.port}, ${how}.`,
    )
    if (found.advice !== undefined && !input.flag('oauth')) writeLine(io.stderr, inLine(found.advice))
  }
  const pin = input.text('pin')
  const smtp = outgoingOf(found, imap, email, input, context)
  const aliases = input
    .text('alias')
    ?.split(',')
    .map((one) => one.trim())
  const oauth = input.flag('oauth') ? providerOf(found, input) : undefined
  const ownSmtpPassword = input.flag('smtp-password')
  if (ownSmtpPassword && (oauth !== undefined || !smtp))
    throw new CliError(
      'usage',
      smtp
        ? 'Who signs in sends without a password: leave --oauth or --smtp-password out.'
        : '--smtp-password needs --smtp-host, which says where that password goes.',
    )
  const account = {
    id,
    email,
    ...(aliases && { aliases }),
    imap: pinned(imap, pin),
    ...(smtp && {
      smtp: pinned(smtp, input.text('smtp-pin') ?? (smtp.host === imap.host ? pin : undefined)),
    }),
    ...(ownSmtpPassword && { ownSmtpPassword }),
    ...(oauth !== undefined && { oauth }),
  }
  if (oauth === undefined) {
    const names = [imap, ...(ownSmtpPassword && smtp ? [smtp] : [])].map(
      ({ user, host }) => `Password of ${inLine(user)} at ${inLine(host)}`,
    )
    const [password = '', forSending] = await readSecrets(context, names)
    await keepSecret(context, input, id, password)
    if (forSending !== undefined) await keepSecret(context, input, smtpSecretOf(id), forSending)
  }
  // What is sealed already is not lost where this comes to nothing.
  else if (known?.oauth === undefined) await keepSecret(context, input, keySecretOf(id), await newKey())
  let sending: string | undefined
  try {
    if (oauth !== undefined) await signIn(context, id, oauth)
    const { value: kept } = await askAdd(context, account)
    sending = kept.sending
  } catch (error) {
    if (!known) await removeSecrets(context, input, id)
    throw error
  }
  await removeSecret(context, input, oauth === undefined ? keySecretOf(id) : id)
  if (!ownSmtpPassword) await removeSecret(context, input, smtpSecretOf(id))
  const { value, document } = await askCheck(context, id)
  if (context.json)
    writeJson(io, { ...(isRecord(document) && document), ...(sending !== undefined && { sending }) })
  else {
    writeLine(
      io.stdout,
      `${inLine(email)} is added as ${inLine(id)}: ${value.mailboxes} folders, ${value.messages} emails in the inbox.`,
    )
    if (sending !== undefined) writeLine(io.stderr, `Sending does not work: ${inLine(sending)}`)
  }
  return 'ok'
}

function providerOf({ oauth }: FoundSettings, input: Input): string {
  const provider = input.text('provider') ?? oauth
  if (provider !== undefined) return provider
  throw new CliError('usage', '--provider names who people sign in at, as mail.yaml has it.')
}

/** Nobody vouches for what a domain says, so a password goes elsewhere only where a person names that host (RFC 6186, section 6). Throws a CliError. */
export function mustBelongTo(email: string, host: string): void {
  if (belongs(email, host)) return
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase()
  throw new CliError(
    'failed',
    `${inLine(domain)} says that its mail is at ${inLine(host)}. If that is right, name it: --host ${inLine(host)}`,
  )
}

const pinned = (server: ServerSettings, pin: string | undefined) => ({
  ...server,
  ...(pin !== undefined && { pin }),
})

function belongs(email: string, host: string): boolean {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase()
  return host === domain || host.endsWith(`.${domain}`)
}

/** Sets another password, or that for sending, and logs in with it. */
export async function setPassword(account: string, input: Input, context: Context): Promise<Outcome> {
  const { id, email, oauth, ownSmtpPassword } = await accountNamed(account, context)
  const toSend = input.flag('smtp')
  if (oauth !== undefined)
    throw new CliError(
      'failed',
      `${inLine(email)} has no password here; sign in again with "luca mail add ${inLine(email)} --name ${id} --oauth --provider ${inLine(oauth)}".`,
    )
  if (toSend && !ownSmtpPassword)
    throw new CliError(
      'failed',
      `${inLine(email)} is sent with the password that it is read with; "luca mail add ${inLine(email)} --name ${id} --smtp-password" gives it one of its own.`,
    )
  const question = `Password ${toSend ? 'for sending as' : 'of'} ${inLine(email)}: `
  await keepSecret(context, input, toSend ? smtpSecretOf(id) : id, await readSecret(context, question))
  const { value, document } = await askCheck(context, id, { toSend })
  if (context.json) writeJson(context.io, document)
  else writeLine(context.io.stdout, `${inLine(email)} is logged in: ${value.messages} emails in the inbox.`)
  return 'ok'
}

const ALLOWED: Readonly<Record<string, string>> = {
  read: 'may be read alone',
  write: 'may be read and changed; nothing is sent',
  send: 'may be read and changed, and mail may be sent, which asks each time',
}

/** Sets what tools may do with the mail of an account. */
export async function allowAccount(account: string, allowed: string, context: Context): Promise<Outcome> {
  if (ALLOWED[allowed] === undefined)
    throw new CliError('usage', 'What is allowed is read, write or send; each includes the one before.')
  const { id } = await accountNamed(account, context)
  const { value, document } = await askAllow(context, id, allowed)
  if (context.json) writeJson(context.io, document)
  else writeLine(context.io.stdout, `${inLine(value.email)}: its mail ${ALLOWED[value.allowed]}.`)
  return 'ok'
}

export async function forgetAccount(account: string, input: Input, context: Context): Promise<Outcome> {
  const { id, email } = await accountNamed(account, context)
  const { value: unsent, document } = await askForget(context, id)
  await removeSecrets(context, input, id)
  if (context.json) writeJson(context.io, document)
  else {
    writeLine(
      context.io.stdout,
      `${inLine(email)} is forgotten here, with its password; its mail stays where it is.`,
    )
    if (unsent > 0)
      writeLine(
        context.io.stdout,
        unsent === 1
          ? 'An email that waited to be sent is not sent.'
          : `${unsent} emails that waited to be sent are not sent.`,
      )
  }
  return 'ok'
}

export async function listAccounts(context: Context): Promise<Outcome> {
  const { value: accounts, document } = await askAccounts(context)
  if (context.json) writeJson(context.io, document)
  else if (accounts.length === 0)
    writeLine(context.io.stdout, 'There is no account yet; "luca mail add ADDRESS" adds one.')
  else
    writeTable(
      context.io,
      ['ACCOUNT', 'ADDRESS', 'AT', 'ALLOWED'],
      accounts.map(({ id, email, host, allowed }) => [id, email, host, allowed]),
    )
  return 'ok'
}

async function accountNamed(named: string, context: Context): Promise<AccountInfo> {
  const { value: accounts } = await askAccounts(context)
  const lower = named.toLowerCase()
  const account = accounts.find((one) => one.id === lower || one.email.toLowerCase() === lower)
  if (account) return account
  throw new CliError(
    'failed',
    `There is no account ${inLine(named)}; "luca mail accounts" lists them, and "luca mail add" adds one.`,
  )
}

/** The names of the options that say where a server is. */
const OPTIONS = {
  imap: { host: 'host', port: 'port', starttls: 'starttls', usual: { tls: 993, starttls: 143 } },
  smtp: {
    host: 'smtp-host',
    port: 'smtp-port',
    starttls: 'smtp-starttls',
    usual: { tls: 465, starttls: 587 },
  },
} as const

function settingsOf(
  found: ServerSettings,
  input: Input,
  protocol: keyof typeof OPTIONS = 'imap',
): ServerSettings {
  const names = OPTIONS[protocol]
  const port = input.text(names.port)
  const host = input.text(names.host)
  const isStartTls = input.flag(names.starttls)
  const asked = port === undefined ? undefined : wholeIn(port, 1, 65535)
  if (port !== undefined && asked === undefined)
    throw new CliError('usage', `--${names.port} takes a number from 1 to 65535.`)
  const security = isStartTls ? 'starttls' : host === undefined ? found.security : 'tls'
  const isAsFound = host === undefined && !isStartTls
  return {
    host: host ?? found.host,
    port: asked ?? (isAsFound ? found.port : names.usual[security]),
    security,
    user: input.text('login') ?? found.user,
  }
}

/** Where mail is sent by; undefined where nobody says so whom the password may be given to. */
function outgoingOf(
  { smtp, from }: FoundSettings,
  imap: ServerSettings,
  email: string,
  input: Input,
  { io, json }: Context,
): ServerSettings | undefined {
  const isNamed = input.text('smtp-host') !== undefined
  // Of a server of one's own, the usual is that it does both.
  const isOwn = input.text('host') !== undefined && from === 'guess'
  const found = isOwn || !smtp ? { ...imap, port: 465, security: 'tls' as const } : smtp
  if (isNamed || isOwn || from === 'provider') return settingsOf(found, input, 'smtp')
  if (!smtp) return undefined
  const chosen = settingsOf(smtp, input, 'smtp')
  if (belongs(email, chosen.host) || chosen.host === imap.host) return chosen
  if (!json)
    writeLine(
      io.stderr,
      `Its domain says that mail is sent by ${inLine(chosen.host)}. If that is right, add it with --smtp-host ${inLine(chosen.host)}; until then nothing is sent.`,
    )
  return undefined
}
