/**
 * servers/chat: conversations of one user with language models. What is said is kept here; `answering/` has it answered through the gateway,
 * which calls tools on behalf of who asked.
 */
import { keepHeapSmall } from '../../host/small-heap.ts'
import { defineServer } from '../../protocol/define.ts'
import { Chat } from './chat.ts'
import { Settings } from './settings.ts'
import { CHAT_STEPS } from './store/steps.ts'
import { tools } from './tools/index.ts'

/** The name of the database. */
const NAME = 'chat'

export const server = defineServer<Chat>({
  name: 'chat',
  title: 'Conversations',
  version: '0.1.0',
  description: 'Keeps conversations with language models, which may use the tools of their user.',
  instructions: 'A conversation goes on where its id is given, and begins where none is.',
  scope: 'user',
  // Whatever who asks may: a model calls the tools. By itself it reads files that are attached.
  calls: ['*'],
  settings: Settings,
  tools,
  woken: (key, _, call, chat) => chat.woken(key, call),
  async open({ config, database, clock, log }) {
    keepHeapSmall()
    const { keepDays, summariseAtPercent } = await config(Settings)
    return Chat.open({ database: await database(NAME, CHAT_STEPS), clock, log, keepDays, summariseAtPercent })
  },
})
