/** Shapes that the v1 methods share. */
import * as Type from '../../../protocol/schema.ts'

export const Path = (what: string) =>
  Type.String({ description: `${what} It begins with "/", the top folder of what is served.` })

export const Options = { additionalProperties: false } as const

export const Encoding = Type.Optional(Type.Enum(['text', 'base64'], { default: 'text' }))

export const Status = Type.String()
