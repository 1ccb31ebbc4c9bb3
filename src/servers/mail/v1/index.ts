/** The v1 methods, with their shapes. */
import { getMessage } from './get-message.ts'
import { listAccounts, listFolders, listMessages } from './lists.ts'
import { parseIcalendar } from './parse-icalendar.ts'
import { sendEmail } from './send-email.ts'

export const v1 = [listAccounts, listFolders, listMessages, getMessage, parseIcalendar, sendEmail]
