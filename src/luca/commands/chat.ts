/** `luca chat`: conversations with language models. The table of all commands is index.ts. */
import type { Command, Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { writeJson, writeLine } from '../../command/output.ts'
import { speaking } from '../../command/own-words.ts'
import { questionWith } from '../../command/piped-text.ts'
import { isRecord, isWhole } from '../../protocol/values.ts'
import { answer, join } from '../chat/answer.ts'
import { call } from '../chat/ask.ts'
import {
  deleteConversations,
  exportConversation,
  fork,
  importConversations,
  personalContext,
  rename,
} from '../chat/change.ts'
import { takeInNew } from '../chat/old.ts'
import { searchConversations, showConversation, showConversations } from '../chat/show.ts'

const LISTS = ['list', 'search', 'show']

export const chat: Command = {
  name: 'chat',
  summary: 'talk to a language model that may use your tools, and keep what was said',
  details:
    'A question begins a conversation, unless --continue or --conversation goes on with one. Piped text goes to the model after QUESTION. ' +
    'The answer goes on if luca ends; Ctrl-C stops it, with the tools that it uses. You are asked before a tool destroys or sends something: ' +
    '--yes does not hold for that. A conversation is named by its id, or the beginning of it.',
  verbs: {
    list: { usage: '', summary: 'list the conversations, the newest first' },
    show: { usage: 'ID', summary: 'show the last messages of a conversation' },
    search: { usage: 'WORDS…', summary: 'find conversations by words that were said in them' },
    join: { usage: 'ID', summary: 'wait for the last answer of a conversation, and show it' },
    stop: { usage: 'ID', summary: 'stop the answer of a conversation' },
    rename: { usage: 'ID TITLE…', summary: 'rename a conversation' },
    fork: {
      usage: 'ID [MESSAGE]',
      summary: 'begin a conversation with the same messages, up to one of them',
    },
    export: { usage: 'ID', summary: 'print all of a conversation' },
    import: {
      usage: '[FILE]',
      summary:
        'import a conversation that was exported as JSON, or those that the full-screen interface kept',
    },
    delete: { usage: 'ID…', summary: 'delete conversations for good' },
    context: {
      usage: '[TEXT…]',
      summary: 'show what each conversation tells the model of you, or set it',
    },
  },
  otherwise: { usage: 'QUESTION…', summary: 'ask a question, and show the answer as it comes' },
  alone: 'list the conversations, or ask what is piped in',
  options: {
    continue: { short: 'c', verbs: [], description: 'go on with the last conversation' },
    conversation: { value: 'ID', verbs: [], description: 'go on with this conversation' },
    file: {
      value: 'PATH',
      verbs: [],
      multiple: true,
      description: 'a served file that the question is about',
    },
    model: {
      value: 'NAME',
      short: 'm',
      verbs: [],
      description: 'the model to ask, from now on; "" for the default',
    },
    level: {
      value: 'N',
      verbs: [],
      description: 'how hard the question is: 0, 1 or 2, where models are set by that',
    },
    'no-tools': { verbs: [], description: 'let the model use no tools, from now on' },
    tools: { verbs: [], description: 'let the model use tools again, from now on' },
    limit: { value: 'N', verbs: LISTS, description: 'show so many at most, up to 200; 20 by default' },
    all: { verbs: ['show'], description: 'show all messages' },
    results: { verbs: ['show'], description: 'show what tools gave' },
    format: { value: 'FORMAT', verbs: ['export'], description: 'markdown, which is the default, or json' },
    clear: { verbs: ['context'], description: 'tell the model nothing of you' },
    off: { value: 'ID', verbs: ['context'], description: 'leave it out of this conversation' },
    on: { value: 'ID', verbs: ['context'], description: 'tell it in this conversation again' },
  },
  gateway: true,
  consent: true,
  run: speaking((input, context) => RUN[input.verb ?? '']?.(input, context) ?? question(input, context)),
}

/** What the full-screen interface kept is among what is listed. */
const afterTakingIn =
  (run: (input: Input, context: Context) => Promise<Outcome>) =>
  async (input: Input, context: Context): Promise<Outcome> => {
    await takeInNew(context)
    return run(input, context)
  }

const list = afterTakingIn(showConversations)

const RUN: Readonly<Record<string, (input: Input, context: Context) => Promise<Outcome>>> = {
  list,
  show: (input, context) => showConversation(input.positionals[0] ?? '', input, context),
  search: afterTakingIn(searchConversations),
  join: ({ positionals: [id = ''] }, context) => join(id, context),
  stop: ({ positionals: [id = ''] }, context) => stop(id, context),
  rename: ({ positionals }, context) => rename(positionals, context),
  fork: ({ positionals }, context) => fork(positionals, context),
  export: (input, context) => exportConversation(input.positionals[0] ?? '', input, context),
  import: ({ positionals: [file] }, context) => importConversations(file, context),
  delete: ({ positionals }, context) => deleteConversations(positionals, context),
  context: personalContext,
}

async function question(input: Input, context: Context): Promise<Outcome> {
  const text = await questionWith(input.positionals.join(' '), context)
  return text === undefined ? list(input, context) : answer(text, input, context)
}

async function stop(conversation: string, context: Context): Promise<Outcome> {
  const { value, document } = await call(context, 'stopping it', 'stop', { conversation }, (told) =>
    isRecord(told) && isWhole(told.stopped, 0) ? told.stopped : undefined,
  )
  if (context.json) writeJson(context.io, document)
  else writeLine(context.io.stdout, value === 0 ? 'Nothing was being answered.' : 'It is stopped.')
  return 'ok'
}
