/** First steps, while something is missing: each with what to do, and done by a key. */
import { ADMIN } from '../../../command/admin.ts'
import { modelsIn, type NewToken, newTokenIn, tokenCountIn, understood } from '../../model/answers.ts'
import { NO_TEXT } from '../../model/editor.ts'
import { type Outcome, type Step, step } from '../../model/effects.ts'
import { askModels } from '../../model/models.ts'
import { moved } from '../../model/selection.ts'
import type { Action, ViewEvent, World } from '../../model/view.ts'

export const STEPS = ['gateway', 'token', 'client', 'files', 'model'] as const
export type StepName = (typeof STEPS)[number]

export interface SetupState {
  selected: number
  /** How many tokens there are; undefined until that is known. */
  tokens: number | undefined
  /** How many language models there are; undefined until that is known. */
  models: number | undefined
  /** A token that was made just now. It is shown this once. */
  made: NewToken | undefined
}

export type SetupMessage =
  | { type: 'tokens'; outcome: Outcome<number> }
  | { type: 'models'; outcome: Outcome<unknown[]> }
  | { type: 'named'; name: string | undefined }
  | { type: 'made'; outcome: Outcome<NewToken> }
  | { type: 'choose'; step: StepName }

export const INITIAL: SetupState = {
  selected: 0,
  tokens: undefined,
  models: undefined,
  made: undefined,
}

export type SetupStep = Step<SetupState, SetupMessage>

const askTokens = {
  type: 'request',
  method: ADMIN.listTokens,
  reply: (outcome: Outcome<unknown>): SetupMessage => ({
    type: 'tokens',
    outcome: understood(outcome, tokenCountIn),
  }),
} as const

const countModels = askModels(
  (outcome): SetupMessage => ({ type: 'models', outcome: understood(outcome, modelsIn) }),
)

export function update(state: SetupState, message: SetupMessage | ViewEvent): SetupStep {
  switch (message.type) {
    case 'shown':
      return step({ ...state }, askTokens, countModels)
    case 'hidden':
      return step({ ...state, made: undefined })
    case 'tokens': {
      const { outcome } = message
      return step({ ...state, tokens: outcome.ok ? outcome.value : undefined })
    }
    case 'models': {
      const { outcome } = message
      return step({ ...state, models: outcome.ok ? outcome.value.length : undefined })
    }
    case 'named': {
      const name = message.name?.trim()
      if (!name) return step(state)
      return step(state, {
        type: 'request',
        method: ADMIN.createToken,
        params: { name },
        reply: (outcome) => ({ type: 'made', outcome: understood(outcome, newTokenIn) }),
      })
    }
    case 'made':
      return message.outcome.ok
        ? step({ ...state, made: message.outcome.value }, askTokens)
        : step(state, { type: 'say', text: message.outcome.error, tone: 'error' })
    case 'choose':
      return chosen(state, message.step)
    case 'key': {
      const next = moved(state.selected, STEPS.length, message.key)
      if (next !== undefined) return step({ ...state, selected: next })
      if (message.key === 'enter') return chosen(state, STEPS[state.selected] as StepName)
      if (message.key === 'escape' && state.made) return step({ ...state, made: undefined })
      return step(state)
    }
    default:
      return step(state)
  }
}

function chosen(state: SetupState, name: StepName): SetupStep {
  switch (name) {
    case 'gateway':
      return step(state, { type: 'reconnect' })
    case 'token':
      return step(state, {
        type: 'prompt',
        prompt: {
          title: 'Which client is the token for?',
          hint: 'A name such as "phone"; luca token revoke uses it.',
          editor: NO_TEXT,
        },
        reply: (text) => ({ type: 'named', name: text }),
      })
    case 'client':
      return step(state, { type: 'line', text: 'connect claude-desktop' })
    case 'files':
      return step(state, { type: 'go', view: 'files' })
    case 'model':
      return step(state, { type: 'go', view: 'chat' })
  }
}

/** Whether a step is done; undefined where only the person can tell. */
export function isDone(
  name: StepName,
  { tokens, models }: SetupState,
  { link, offer }: World,
): boolean | undefined {
  switch (name) {
    case 'gateway':
      return link.state === 'connected'
    case 'token':
      return tokens === undefined ? undefined : tokens > 0
    case 'files':
      return offer.servers.includes('fs')
    case 'model':
      return models === undefined ? undefined : models > 0
    default:
      return undefined
  }
}

export const LUCA: Readonly<Record<StepName, string>> = {
  gateway: 'luca up',
  token: 'luca token create NAME',
  client: 'luca connect CLIENT',
  files: 'luca ls',
  model: 'luca llm "hello"',
}

export const actions = (): Action<SetupMessage>[] => [
  { title: 'make a token for a client', luca: LUCA.token, message: { type: 'choose', step: 'token' } },
  {
    title: 'connect a desktop client',
    luca: LUCA.client,
    message: { type: 'choose', step: 'client' },
  },
]
