/** Calls of the tools of mail, for commands, and what they give as far as it can be understood. */
import { answererFor } from '../../command/answers.ts'
import type { Context } from '../../command/command.ts'
import {
  type AccountInfo,
  accountIn,
  accountsIn,
  type MessageInfo,
  type MessageList,
  messagesIn,
  type ReadMessage,
  readMessageIn,
} from '../../command/mail/emails.ts'
import { patiently } from '../../command/output.ts'
import { isRecord, isWhole, textIn } from '../../protocol/values.ts'
import { ask, type Told } from '../search/ask.ts'

export type { AccountInfo, MessageInfo, MessageList }

export interface ServerSettings {
  host: string
  port: number
  security: 'tls' | 'starttls'
  user: string
}

export interface FoundSettings {
  account: string
  imap: ServerSettings
  /** Where mail is sent by; undefined where nothing says so. */
  smtp: ServerSettings | undefined
  /** Of a provider that is known, said by the domain, or only guessed. */
  from: string
  advice: string | undefined
  /** Who people sign in at there, where that is known. */
  oauth: string | undefined
}

const call = <T>(
  context: Context,
  what: string,
  tool: string,
  args: Record<string, unknown>,
  read: (value: unknown) => T | undefined,
): Promise<Told<T>> => patiently(context, () => what, ask(context, `mail_${tool}`, args, read))

export const askAccounts = (context: Context): Promise<Told<AccountInfo[]>> =>
  call(context, 'asking for the accounts', 'list_accounts', {}, accountsIn)

export const askSettings = (context: Context, email: string): Promise<Told<FoundSettings>> =>
  call(context, `looking for the settings of ${email}`, 'lookup_settings', { email }, settingsIn)

export interface NewAccount {
  id: string
  email: string
  aliases?: string[]
  imap: PinnedSettings
  smtp?: PinnedSettings
  /** Whether it is sent with another password. */
  ownSmtpPassword?: boolean
  /** Who its owner signs in at, where it has no password. */
  oauth?: string
}

export type PinnedSettings = ServerSettings & { pin?: string }

/**
 * Gives why mail of it can't be sent, where that is so. Who types the command says where the password goes: that is the consent which
 * others are asked for.
 */
export const askAdd = (
  context: Context,
  account: NewAccount,
): Promise<Told<{ sending: string | undefined }>> => {
  const answerer = answererFor(context.io, { yes: true, ask: context.ask })
  const agreeing = { ...context, gateway: async () => (await context.gateway()).answering(answerer) }
  return call(agreeing, 'keeping the account', 'add_account', { ...account }, (value) =>
    isRecord(value) ? { sending: textIn(value.sending) } : undefined,
  )
}

export interface Code {
  address: string
  code: string
  minutes: number
}

export const askCode = (context: Context, account: string, provider: string): Promise<Told<Code>> =>
  call(context, `asking ${provider} for a code`, 'begin_sign_in', { account, provider }, (value) => {
    if (!isRecord(value) || !isWhole(value.minutes, 0)) return undefined
    const [address, code] = [textIn(value.address), textIn(value.code)]
    return address === undefined || code === undefined ? undefined : { address, code, minutes: value.minutes }
  })

/** Whether its owner has signed in by now; waits for that for a while. */
export const askSignedIn = (context: Context, account: string): Promise<Told<boolean>> =>
  call(context, 'waiting for you to sign in', 'finish_sign_in', { account }, (value) =>
    isRecord(value) && typeof value.isSignedIn === 'boolean' ? value.isSignedIn : undefined,
  )

export const askCheck = (
  context: Context,
  account: string,
  { toSend = false } = {},
): Promise<Told<{ mailboxes: number; messages: number }>> =>
  call(context, 'logging in', 'check_account', { account, toSend }, (value) =>
    isRecord(value) && isWhole(value.mailboxes, 0) && isWhole(value.messages, 0)
      ? { mailboxes: value.mailboxes, messages: value.messages }
      : undefined,
  )

export const askAllow = (
  context: Context,
  account: string,
  allowed: string,
): Promise<Told<Pick<AccountInfo, 'email' | 'allowed'>>> =>
  call(context, 'setting what is allowed', 'allow_account', { account, allowed }, (value) => {
    const [set] = isRecord(value) ? accountIn({ ...value, id: value.account }) : []
    return set
  })

/** How many emails that waited to be sent were lost with it. */
export const askForget = (context: Context, account: string): Promise<Told<number>> =>
  call(context, `forgetting ${account}`, 'remove_account', { account }, (value) =>
    isRecord(value) && isWhole(value.unsent, 0) ? value.unsent : undefined,
  )

export const askList = (context: Context, args: Record<string, unknown>): Promise<Told<MessageList>> =>
  call(context, 'asking for emails', 'list_emails', args, messagesIn)

export const askFound = (context: Context, args: Record<string, unknown>): Promise<Told<MessageList>> =>
  call(context, 'searching', 'search_emails', args, messagesIn)

export const askMessage = (context: Context, id: number, offset: number): Promise<Told<ReadMessage>> =>
  call(context, 'reading it', 'get_email', { id, offset, limit: READ_CHARS, ...ALL_OF_IT }, readMessageIn)

const READ_CHARS = 100_000
/** People can scroll over what is quoted. */
const ALL_OF_IT = { quoted: true, links: true }

export const askDownload = (
  context: Context,
  args: Record<string, unknown>,
): Promise<Told<{ path: string; size: number }>> =>
  call(context, 'fetching it', 'download_attachment', args, (value) => {
    const path = isRecord(value) ? textIn(value.path) : undefined
    return isRecord(value) && path !== undefined && isWhole(value.size, 0)
      ? { path, size: value.size }
      : undefined
  })

/** What became of emails that were changed. */
export interface Changed {
  done: number
  gone: number[]
  failed: { ids: number[]; why: string }[]
}

export const askChange = (
  context: Context,
  what: string,
  tool: string,
  args: Record<string, unknown>,
): Promise<Told<Changed>> =>
  call(context, what, tool, args, (value) => {
    if (!isRecord(value) || !Array.isArray(value.done) || !Array.isArray(value.failed)) return undefined
    const failed = value.failed.filter(isRecord)
    return {
      done: value.done.length,
      gone: numbersIn(value.gone),
      failed: failed.map(({ ids, why }) => ({ ids: numbersIn(ids), why: textIn(why) ?? '' })),
    }
  })

const numbersIn = (value: unknown): number[] =>
  Array.isArray(value) ? value.filter((one) => isWhole(one, 1)) : []

function settingsIn(value: unknown): FoundSettings | undefined {
  if (!isRecord(value)) return undefined
  const account = textIn(value.account)
  const imap = serverIn(value.imap)
  if (account === undefined || !imap) return undefined
  return {
    account,
    imap,
    smtp: serverIn(value.smtp),
    from: textIn(value.from) ?? 'guess',
    advice: textIn(value.advice),
    oauth: textIn(value.oauth),
  }
}

function serverIn(value: unknown): ServerSettings | undefined {
  if (!isRecord(value)) return undefined
  const { host, port, security, user } = value
  if (!isWhole(port, 1) || (security !== 'tls' && security !== 'starttls')) return undefined
  return { host: textIn(host) ?? '', port, security, user: textIn(user) ?? '' }
}
