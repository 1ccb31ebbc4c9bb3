/** An account: where its mail lies, and who it is there. Its password is none of this; it is a secret of the account's name. */
import * as Type from '../../../protocol/schema.ts'

/** As `mail.yaml` names those whom people sign in at. */
export const PROVIDER_NAME = '^[a-z0-9][a-z0-9-]{0,31}$'

/** As names of secrets are, some letters shorter, since one is made of it (contracts/mail-secrets.ts). */
export const ACCOUNT_ID = '^[a-z0-9][a-z0-9_-]{0,55}$'

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
    aliases: Type.Optional(
      Type.Array(Type.String({ minLength: 3, maxLength: 320 }), {
        maxItems: 50,
        description: 'Other addresses of it, which mail may be sent from.',
      }),
    ),
    imap: ServerAddress,
    smtp: Type.Optional(ServerAddress),
    ownSmtpPassword: Type.Optional(
      Type.Boolean({
        description: 'Whether mail is sent with another password, which is a secret of its own.',
      }),
    ),
    oauth: Type.Optional(
      Type.String({
        pattern: PROVIDER_NAME,
        allowed: 'the name of a provider',
        description: 'Who its owner signs in at, where it has no password. Its secret seals what that gave.',
      }),
    ),
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
    .slice(0, 56) || 'mail'
