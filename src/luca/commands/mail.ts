/** `luca mail`: accounts, and what has come. The table of all commands is index.ts. */
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { speaking } from '../../command/own-words.ts'
import { parseSize } from '../../command/sizes.ts'
import { wholeIn } from '../../protocol/values.ts'
import { addAccount, allowAccount, forgetAccount, listAccounts, setPassword } from '../mail/account.ts'
import { askFound, askList } from '../mail/ask.ts'
import { downloadAttachment } from '../mail/attachment.ts'
import { deleteEmails, markEmails, moveEmails } from '../mail/change.ts'
import { importAccounts } from '../mail/import.ts'
import { cancelEmail, sendEmail, showOutbox } from '../mail/send.ts'
import { showList, showMessage } from '../mail/show.ts'

const MOST = 100
const FINDS = ['search']
const LISTS = ['list', 'search']
const SENDS = ['send']

export const mail: Command = {
  name: 'mail',
  summary: 'add mail accounts, and list, search, read, sort and send emails',
  details:
    'Settings are found from the address; the options of "add" name those of a server of your own. The password is asked for, or read ' +
    'from stdin, and kept with the secrets. Emails are named by the numbers that lists show.',
  verbs: {
    add: { usage: 'ADDRESS', summary: 'add an account, and log in to it' },
    import: {
      usage: '[FILE]',
      summary: 'add the accounts of a mail_accounts.yaml; their passwords move to the secrets',
    },
    accounts: { usage: '', summary: 'list the accounts' },
    password: { usage: 'ACCOUNT', summary: 'set the password of an account, and log in' },
    allow: {
      usage: 'ACCOUNT read|write|send',
      summary: 'set what tools may do with its mail; to read at first',
    },
    list: { usage: '[FOLDER]', summary: 'list the newest emails of a folder, by default the inbox' },
    search: { usage: '[WORDS…]', summary: 'find emails by their words, people and dates' },
    read: { usage: 'NUMBER', summary: 'show an email; it stays unread' },
    download: {
      usage: 'NUMBER [NAME]',
      summary: 'save an attachment among your files, by default in Downloads',
    },
    mark: { usage: 'read|unread|flagged|unflagged NUMBER…', summary: 'mark emails' },
    move: { usage: 'NUMBER… FOLDER', summary: 'move emails to another folder' },
    delete: { usage: 'NUMBER…', summary: 'move emails to the trash' },
    send: { usage: '', summary: 'send an email; its text is --body, or comes from stdin' },
    outbox: { usage: '', summary: 'show what is to be sent, and what became of the last ones' },
    cancel: { usage: 'NUMBER', summary: 'call an email back from the outbox, before it leaves' },
    forget: { usage: 'ACCOUNT', summary: 'forget an account, and what is kept of it here' },
  },
  options: {
    host: { value: 'HOST', verbs: ['add'], description: 'the server of incoming mail' },
    port: { value: 'PORT', verbs: ['add'], description: 'its port; 993, or 143 with --starttls' },
    starttls: { verbs: ['add'], description: 'encrypt the connection by STARTTLS' },
    'smtp-host': { value: 'HOST', verbs: ['add'], description: 'the server that mail is sent by' },
    'smtp-port': {
      value: 'PORT',
      verbs: ['add'],
      description: 'its port; 465, or 587 with --smtp-starttls',
    },
    'smtp-starttls': { verbs: ['add'], description: 'encrypt that connection by STARTTLS' },
    'smtp-password': {
      verbs: ['add'],
      description: 'ask for another password to send with; on stdin it is the second line',
    },
    smtp: { verbs: ['password'], description: 'the password that it is sent with, where that is another' },
    'smtp-pin': {
      value: 'FINGERPRINT',
      verbs: ['add'],
      description: 'trust that certificate alone there; that of --pin on the same host',
    },
    alias: { value: 'ADDRESSES', verbs: ['add'], description: 'other addresses of it, separated by commas' },
    login: { value: 'NAME', verbs: ['add'], description: 'who logs in; the address by default' },
    pin: {
      value: 'FINGERPRINT',
      verbs: ['add'],
      description: 'trust the certificate alone that has this SHA-256 fingerprint',
    },
    oauth: { verbs: ['add'], description: 'sign in in a browser, instead of a password' },
    provider: {
      value: 'NAME',
      verbs: ['add'],
      description: 'where to sign in: google, microsoft, or one that mail.yaml names',
    },
    name: { value: 'NAME', verbs: ['add'], description: 'what the account is called here' },
    'remove-passwords': { verbs: ['import'], description: 'take the passwords that moved out of the file' },
    account: {
      value: 'ACCOUNT',
      verbs: [...LISTS, ...SENDS],
      description: 'the account, where there are several',
    },
    folder: { value: 'FOLDER', verbs: FINDS, description: 'search this folder alone' },
    from: { value: 'WHO', verbs: FINDS, description: 'a name or an address that it is from' },
    to: {
      value: 'WHO',
      verbs: [...FINDS, ...SENDS],
      description: 'a name or an address that it is to; to send, addresses, separated by commas',
    },
    cc: { value: 'ADDRESSES', verbs: SENDS, description: 'who else gets it' },
    bcc: { value: 'ADDRESSES', verbs: SENDS, description: 'who gets it without the others knowing' },
    body: { value: 'TEXT', verbs: SENDS, description: 'its text' },
    attach: {
      value: 'PATH',
      verbs: SENDS,
      multiple: true,
      description:
        'a file of yours that goes along, by its path among the served files; give it again for more',
    },
    subject: { value: 'WORDS', verbs: [...FINDS, ...SENDS], description: 'its subject, or words of it' },
    attachment: { value: 'NAME', verbs: FINDS, description: 'part of the name of a file that is attached' },
    since: { value: 'WHEN', verbs: FINDS, description: 'a date such as 2026-01-31, or 30d for 30 days ago' },
    before: { value: 'WHEN', verbs: FINDS, description: 'a date; that day is not included' },
    unread: { verbs: LISTS, description: 'those alone that are not read yet' },
    flagged: { verbs: FINDS, description: 'those alone that are flagged' },
    attached: { verbs: FINDS, description: 'those alone that have an attachment' },
    larger: { value: 'SIZE', verbs: FINDS, description: 'those alone that are larger, such as 5M' },
    fresh: { verbs: ['list'], description: 'ask the server now; else it may be some minutes old' },
    limit: { value: 'N', verbs: LISTS, description: `show so many at most, up to ${MOST}; 25 by default` },
    'to-folder': {
      value: 'FOLDER',
      verbs: ['download'],
      description: 'the folder of your files to save it in',
    },
    'for-good': { verbs: ['delete'], description: 'delete for good what lies in the trash' },
    user: {
      value: 'USER',
      verbs: ['add', 'import', 'password', 'forget'],
      description: 'whose account it is',
    },
  },
  gateway: true,
  consent: true,
  run: speaking((input, context) => RUN[input.verb ?? '']?.(input, context) ?? listAccounts(context)),
}

const RUN: Readonly<Record<string, (input: Input, context: Context) => Promise<Outcome>>> = {
  add: (input, context) => addAccount(input.positionals[0] ?? '', input, context),
  import: importAccounts,
  accounts: (_, context) => listAccounts(context),
  password: (input, context) => setPassword(input.positionals[0] ?? '', input, context),
  allow({ positionals: [account = '', allowed = ''] }, context) {
    return allowAccount(account, allowed, context)
  },
  forget: (input, context) => forgetAccount(input.positionals[0] ?? '', input, context),
  download: (input, context) => downloadAttachment(input, context),
  send: sendEmail,
  outbox: (_, context) => showOutbox(context),
  cancel: ({ positionals: [number = ''] }, context) => cancelEmail(number, context),
  mark: ({ positionals }, context) => markEmails(positionals, context),
  move: ({ positionals }, context) => moveEmails(positionals, context),
  delete: (input, context) => deleteEmails(input.positionals, input.flag('for-good'), context),
  async list(input, context) {
    const [mailbox] = input.positionals
    const args = {
      ...limitOf(input),
      ...named(input, ['account']),
      ...(mailbox !== undefined && { mailbox }),
      ...(input.flag('unread') && { unread: true }),
      ...(input.flag('fresh') && { fresh: true }),
    }
    return showList(await askList(context, args), context, 'There is nothing.')
  },
  async search(input, context) {
    const text = input.positionals.join(' ')
    const mailbox = input.text('folder')
    const asked = named(input, ['account', 'from', 'to', 'subject', 'attachment', 'since', 'before'])
    const larger = input.text('larger')
    const args = {
      ...limitOf(input),
      ...asked,
      ...(text !== '' && { text }),
      ...(mailbox !== undefined && { mailbox }),
      ...(input.flag('unread') && { unread: true }),
      ...(input.flag('flagged') && { flagged: true }),
      ...(input.flag('attached') && { hasAttachment: true }),
      ...(larger !== undefined && { largerThan: parseSize(larger) }),
    }
    return showList(await askFound(context, args), context, 'Nothing was found.')
  },
  read(input, context) {
    const id = wholeIn(input.positionals[0] ?? '', 1)
    if (id === undefined)
      throw new CliError('usage', 'An email is named by its number; "luca mail list" shows them.')
    return showMessage(id, context)
  },
}

const DEFAULT_LIMIT = 25

function limitOf(input: Input): { limit: number } {
  const text = input.text('limit')
  const limit = text === undefined ? DEFAULT_LIMIT : wholeIn(text, 1, MOST)
  if (limit === undefined) throw new CliError('usage', `--limit takes a number from 1 to ${MOST}.`)
  return { limit }
}

const named = (input: Input, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = input.text(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
