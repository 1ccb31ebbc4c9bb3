import { deleteConversation } from './delete-conversation.ts'
import { exportConversation } from './export-conversation.ts'
import { forkConversation } from './fork-conversation.ts'
import { getConversation } from './get-conversation.ts'
import { importConversation } from './import-conversation.ts'
import { join } from './join.ts'
import { listConversations } from './list-conversations.ts'
import { personalContext } from './personal-context.ts'
import { searchConversations } from './search-conversations.ts'
import { send } from './send.ts'
import { stop } from './stop.ts'
import { updateConversation } from './update-conversation.ts'

export const tools = [
  send,
  join,
  stop,
  listConversations,
  getConversation,
  searchConversations,
  updateConversation,
  forkConversation,
  exportConversation,
  importConversation,
  deleteConversation,
  personalContext,
]
