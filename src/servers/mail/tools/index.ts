import { addAccount, checkAccount, removeAccount } from './accounts.ts'
import { allowAccount } from './allow-account.ts'
import { getEmail } from './get-email.ts'
import { getThread } from './get-thread.ts'
import { listAccounts } from './list-accounts.ts'
import { listEmails } from './list-emails.ts'
import { listMailboxes } from './list-mailboxes.ts'
import { lookupSettings } from './lookup-settings.ts'
import { searchEmails } from './search-emails.ts'

export const tools = [
  listAccounts,
  listMailboxes,
  listEmails,
  searchEmails,
  getEmail,
  getThread,
  lookupSettings,
  addAccount,
  allowAccount,
  checkAccount,
  removeAccount,
]
