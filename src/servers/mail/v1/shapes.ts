/** What v1 methods of mail have in common. */
import * as Type from '../../../protocol/schema.ts'
import type { CachedMessage } from '../cache/mail-cache.ts'
import type { Address } from '../imap/client.ts'

export const Options = { additionalProperties: false } as const
export const AccountId = Type.String({ minLength: 1, maxLength: 320, description: 'The account.' })
export const Folder = Type.String({
  minLength: 1,
  maxLength: 1000,
  description: 'The path of the folder, such as INBOX.',
})

export const peopleOf = (people: readonly Address[]): string[] =>
  people.map(({ name, address }) => (name ? `${name} <${address}>` : address))

export const dateOf = ({ time }: CachedMessage): string => new Date(time).toISOString()
