/** An account: where its mail lies, and who it is there. Its password is none of this; it is a secret of the account's name. */
import * as Type from '../../../protocol/schema.ts'

/** As names of secrets are, which that of its password is one of. */
export const ACCOUNT_ID = '^[a-z0-9][a-z0-9_-]{0,63}$'

export const ServerAddress = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 253 }),
    port: Type.Integer({ minimum: 1, maximum: 65535 }),
    security: Type.Enum(['tls', 'starttls'], {
      description: 'Encrypted from the start, or after STARTTLS. There is no mail without.',
    }),
    user: Type.String({ minLength: 1, maxLength: 320, description: 'Who logs in.' }),
    pin: Type.Optional(
      Type.String({
        pattern: '^(?:[0-9A-Fa-f]{2}:?){32}$',
        allowed: 'a SHA-256 fingerprint of 64 hexadecimal digits',
        description:
          'The SHA-256 fingerprint of the one certificate that is trusted, for a server of your own.',
      }),
    ),
  },
  { additionalProperties: false },
)

export const Account = Type.Object(
  {
    id: Type.String({
      pattern: ACCOUNT_ID,
      allowed: 'small letters, digits, "_" and "-", beginning with a letter or digit',
    }),
    email: Type.String({ minLength: 3, maxLength: 320 }),
    imap: ServerAddress,
  },
  { additionalProperties: false },
)

export type ServerAddress = Type.Static<typeof ServerAddress>
export type Account = Type.Static<typeof Account>

/** The name of an account that has none of its own: that of `ada@example.org` is `ada-example-org`. */
export const idOf = (email: string): string =>
  email
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 64) || 'mail'
