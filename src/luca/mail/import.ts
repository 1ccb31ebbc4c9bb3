/** `luca mail import`: accounts of a file, whose passwords move to the secrets. */
import { CliError } from '../../command/cli-error.ts'
import type { Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, writeJson, writeLine } from '../../command/output.ts'
import { smtpSecretOf } from '../../contracts/mail-secrets.ts'
import { ConfigError } from '../../host/config/error.ts'
import { type FileAccount, isBad, readAccounts } from './accounts-file.ts'
import { type AccountInfo, askAccounts, askAdd, askCheck } from './ask.ts'
import { removePasswords } from './remove-passwords.ts'
import { keepSecret, removeSecrets } from './secrets.ts'

const VARIABLE = 'LLMBDO_MAIL_ACCOUNTS_CONFIG_PATH'
const REMOVE = 'remove-passwords'

interface Imported {
  /** As the file calls it. */
  name: string
  account: string | undefined
  outcome: 'added' | 'known' | 'failed'
  message: string
}

/** Adds each account of the file; one that fails keeps none from the others. */
export async function importAccounts(input: Input, context: Context): Promise<Outcome> {
  const { io } = context
  const path = input.positionals[0] ?? io.env[VARIABLE]
  if (path === undefined) throw new CliError('usage', `Name the file, or set ${VARIABLE}.`)
  const file = await unlessWrong(readAccounts(path))
  const known = (await askAccounts(context)).value
  const all: Imported[] = []
  const keptToSend = new Set<string>()
  for (const one of file.accounts) {
    const imported: Imported = isBad(one)
      ? { name: one.name, account: undefined, outcome: 'failed', message: `${one.place}: ${one.why}.` }
      : await added(one, known, input, context)
    all.push(imported)
    if (!isBad(one) && isKeptToSend(one, imported, known)) keptToSend.add(one.name)
    if (!context.json)
      writeLine(
        imported.outcome === 'failed' ? io.stderr : io.stdout,
        `${inLine(one.name)}: ${inLine(imported.message)}`,
      )
  }
  const kept = new Set(all.flatMap(({ name, outcome }) => (outcome === 'failed' ? [] : [name])))
  const isRemoved = input.flag(REMOVE) && kept.size > 0
  if (isRemoved) await unlessWrong(removePasswords(path, file, { kept, keptToSend }))
  if (context.json) writeJson(io, { accounts: all, passwordsRemoved: isRemoved })
  else if (isRemoved)
    writeLine(io.stderr, `The passwords of these accounts are no longer in ${inLine(path)}.`)
  else if (kept.size > 0)
    writeLine(
      io.stderr,
      `The passwords are with the secrets now, and still in ${inLine(path)}: "luca mail import ${inLine(path)} --${REMOVE}" takes them out.`,
    )
  return all.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'ok'
}

/** Whether its other password for sending is with the secrets now: one that was there before may have none. */
const isKeptToSend = (
  { id, smtpPassword }: FileAccount,
  { outcome }: Imported,
  known: readonly AccountInfo[],
): boolean =>
  smtpPassword !== undefined &&
  (outcome === 'added' || (outcome === 'known' && known.some((one) => one.id === id && one.ownSmtpPassword)))

async function added(
  { name, id, email, password, pin, smtp, smtpPassword, ...imap }: FileAccount,
  all: readonly AccountInfo[],
  input: Input,
  context: Context,
): Promise<Imported> {
  const imported = (outcome: Imported['outcome'], message: string) => ({
    name,
    account: id,
    outcome,
    message,
  })
  const known = all.find((one) => one.id === id)
  if (known)
    return known.email.toLowerCase() === email.toLowerCase()
      ? imported('known', `it is there already, as ${id}.`)
      : imported('failed', `there is another account ${id}; give this one another name in the file.`)
  await keepSecret(context, input, id, password)
  if (smtpPassword !== undefined) await keepSecret(context, input, smtpSecretOf(id), smtpPassword)
  try {
    const { host, port, security, user } = imap
    const server = { host, port, security, user, ...(pin !== undefined && { pin }) }
    const own = smtpPassword === undefined ? {} : { ownSmtpPassword: true }
    const account = { id, email, imap: server, ...(smtp && { smtp }), ...own }
    const { sending } = (await askAdd(context, account)).value
    const { messages } = (await askCheck(context, id)).value
    const limits = sending === undefined || !smtp ? '' : ` Nothing can be sent: ${sending}`
    return imported('added', `it is added as ${id}: ${messages} emails in the inbox.${limits}`)
  } catch (error) {
    await removeSecrets(context, input, id)
    if (!(error instanceof CliError && error.outcome === 'failed')) throw error
    return imported('failed', error.message)
  }
}

/** What is wrong with a file is the command's own failure. */
async function unlessWrong<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (cause instanceof ConfigError) throw new CliError('failed', cause.message, { cause })
    throw cause
  }
}
