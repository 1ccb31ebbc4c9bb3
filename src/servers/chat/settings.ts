/** What can be set of the server of conversations, in `chat.yaml`. */
import * as Type from '../../protocol/schema.ts'

export const Settings = Type.Object({
  keepDays: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 36_500,
    unit: 'days',
    description: 'How long a conversation is kept in which nothing is said any more. 0 keeps it for ever.',
  }),
  summariseAtPercent: Type.Integer({
    default: 60,
    minimum: 10,
    maximum: 90,
    unit: 'percent',
    description:
      "How much of the model's context a conversation may take before its older turns are summarised.",
  }),
})
