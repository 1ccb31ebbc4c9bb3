import { addAccount, checkAccount, removeAccount } from './accounts.ts'
import { allowAccount } from './allow-account.ts'
import { deleteEmail } from './delete-email.ts'
import { downloadAttachment } from './download-attachment.ts'
import { extractCalendar } from './extract-calendar.ts'
import { getEmail } from './get-email.ts'
import { getThread } from './get-thread.ts'
import { listAccounts } from './list-accounts.ts'
import { listEmails } from './list-emails.ts'
import { listMailboxes } from './list-mailboxes.ts'
import { lookupSettings } from './lookup-settings.ts'
import { markEmail } from './mark-email.ts'
import { moveEmail } from './move-email.ts'
import { cancelSend, listOutbox } from './outbox.ts'
import { readAttachment } from './read-attachment.ts'
import { forwardEmail, replyEmail } from './reply-email.ts'
import { searchEmails } from './search-emails.ts'
import { saveDraft, sendEmail } from './send-email.ts'
import { beginSignIn, finishSignIn } from './sign-in.ts'

export const tools = [
  listAccounts,
  listMailboxes,
  listEmails,
  searchEmails,
  getEmail,
  getThread,
  readAttachment,
  downloadAttachment,
  extractCalendar,
  markEmail,
  moveEmail,
  deleteEmail,
  lookupSettings,
  beginSignIn,
  finishSignIn,
  addAccount,
  allowAccount,
  checkAccount,
  removeAccount,
  sendEmail,
  replyEmail,
  forwardEmail,
  saveDraft,
  listOutbox,
  cancelSend,
]
