/** What the tools of conversations have in common: parameters, and how conversations and messages are told. */
import * as Type from '../../../protocol/schema.ts'
import { type Options as ChatOptions, type Conversation, isOpen, type Message } from '../store/shapes.ts'

export const Options = { additionalProperties: false } as const
export const READ_ONLY = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
}
export const CHANGES = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: false,
}

export const ConversationParameter = Type.String({
  minLength: 1,
  maxLength: 40,
  description: 'Its id, as lists give it.',
})
export const ModelParameter = Type.Optional(
  Type.String({ maxLength: 200, description: 'From now on; "" for the default.' }),
)

export const ConversationOutput = Type.Object({
  id: Type.String(),
  title: Type.String(),
  created: Type.String({ description: 'ISO 8601.' }),
  changed: Type.String(),
  messages: Type.Integer(),
  answering: Type.Boolean({ description: 'Whether its last question is still being answered.' }),
  model: Type.Optional(Type.String()),
  tools: Type.Optional(Type.Array(Type.String(), { description: 'Those that may be used, if not all may.' })),
  personalContext: Type.Boolean(),
})
export type ConversationShape = Type.Static<typeof ConversationOutput>

const Ended = Type.Optional(
  Type.String({ description: 'What ended a whole one: length, rounds, tokens, time, repeated or empty.' }),
)
const State = Type.Enum(['waiting', 'running', 'whole', 'broken_off', 'stopped'])
const CallOutput = Type.Object({
  name: Type.String(),
  arguments: Type.String(),
  at: Type.Integer({ description: 'How much of the text came before it, in characters.' }),
  result: Type.Optional(Type.String()),
  isError: Type.Optional(Type.Boolean()),
  untrusted: Type.Optional(Type.String({ description: 'Where the result comes from, if others wrote it.' })),
})

export const MessageOutput = Type.Object({
  id: Type.Integer(),
  role: Type.Enum(['user', 'assistant']),
  text: Type.String(),
  time: Type.String({ description: 'ISO 8601.' }),
  state: State,
  why: Type.Optional(Type.String({ description: 'Why it is not whole.' })),
  ended: Ended,
  files: Type.Optional(Type.Array(Type.String())),
  calls: Type.Optional(Type.Array(CallOutput)),
  model: Type.Optional(Type.String()),
  tokens: Type.Optional(Type.Integer({ description: 'Of the prompt and the answer.' })),
  summary: Type.Optional(
    Type.String({ description: 'What the model is told of all up to this message, in its place.' }),
  ),
})
export type MessageShape = Type.Static<typeof MessageOutput>

export const AnswerOutput = Type.Object({
  conversation: Type.String(),
  message: Type.Integer(),
  text: Type.String(),
  state: State,
  why: Type.Optional(Type.String()),
  ended: Ended,
  model: Type.Optional(Type.String()),
})

/** Options with another model and other tools, where these are given: the default with "", any with "auto". */
export function changed(
  { model, tools, ...others }: ChatOptions,
  given: { model?: string | undefined; tools?: readonly string[] | 'auto' | undefined },
): ChatOptions {
  const nextModel = given.model ?? model ?? ''
  const nextTools = given.tools ?? tools ?? 'auto'
  return {
    ...others,
    ...(nextModel !== '' && { model: nextModel }),
    ...(nextTools !== 'auto' && { tools: [...nextTools] }),
  }
}

export const conversationShape = (conversation: Conversation): ConversationShape => {
  const { id, title, created, changed, messages, isAnswering, options } = conversation
  return {
    id,
    title,
    created: new Date(created).toISOString(),
    changed: new Date(changed).toISOString(),
    messages,
    answering: isAnswering,
    ...(options.model !== undefined && { model: options.model }),
    ...(options.tools && { tools: [...options.tools] }),
    personalContext: options.isImpersonal !== true,
  }
}

/** Without results of tools where they are not wanted. */
export function messageShape(message: Message, withResults: boolean): MessageShape {
  const { id, role, content, created, state, why, about, summary } = message
  const { files = [], calls = [], model, ended, promptTokens, completionTokens = 0 } = about
  return {
    id,
    role,
    text: content,
    time: new Date(created).toISOString(),
    state,
    ...(why !== undefined && { why }),
    ...(ended !== undefined && { ended }),
    ...(files.length > 0 && { files: files.map(({ path }) => path) }),
    ...(calls.length > 0 && {
      calls: calls.map(({ name, arguments: given, at, result, isError, untrusted }) => ({
        name,
        arguments: given,
        at,
        ...(withResults && result !== undefined && { result }),
        ...(isError && { isError }),
        ...(untrusted !== undefined && { untrusted }),
      })),
    }),
    ...(model !== undefined && { model }),
    ...(promptTokens !== undefined && { tokens: promptTokens + completionTokens }),
    ...(summary !== undefined && { summary }),
  }
}

/** One line a conversation, for models that can read little. */
export const told = ({ id, title, changed, messages }: ConversationShape): string =>
  `${id} · ${changed.slice(0, 16).replace('T', ' ')} · ${title} (${messages} ${messages === 1 ? 'message' : 'messages'})`

/** A message as a reader of the conversation sees it. */
export function transcriptOf({ id, role, text, state, why, calls = [], summary }: MessageShape): string {
  const used = calls.map(({ name, isError }) => `[used ${name}${isError ? ', in vain' : ''}]`)
  const ended = isOpen({ state })
    ? '[still being answered]'
    : state === 'whole'
      ? undefined
      : `[${state === 'stopped' ? 'stopped' : 'broken off'}${why === undefined ? '' : `: ${why}`}]`
  const told = summary === undefined ? undefined : `[summary of all up to here: ${summary}]`
  return [`${id} · ${role === 'user' ? 'User' : 'Assistant'}:`, ...used, text, ended, told]
    .filter((part) => part !== undefined && part !== '')
    .join('\n')
}
