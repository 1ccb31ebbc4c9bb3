/** Who people sign in at: the endpoints of the two largest, and those that `mail.yaml` names. */
import { namedHosts } from '../../../host/outward/named-hosts.ts'
import * as Type from '../../../protocol/schema.ts'
import { wholeIn } from '../../../protocol/values.ts'
import { PROVIDER_NAME } from '../accounts/account.ts'
import { MailProblem } from '../connection/mail-problem.ts'

/** What its public documentation says of each. */
const KNOWN: Readonly<Record<string, Endpoints>> = {
  google: {
    deviceUrl: 'https://oauth2.googleapis.com/device/code',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    scopes: ['https://mail.google.com/'],
  },
  microsoft: {
    deviceUrl: 'https://login.microsoftonline.com/common/oauth2/v2.0/devicecode',
    tokenUrl: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
    scopes: [
      'https://outlook.office.com/IMAP.AccessAsUser.All',
      'https://outlook.office.com/SMTP.Send',
      'offline_access',
    ],
  },
}

const Url = (description: string) =>
  Type.Optional(
    Type.String({
      pattern: '^https?://',
      maxLength: 500,
      allowed: 'a URL that begins with https://, or with http:// for a host that "hosts" names',
      description,
    }),
  )

/** The setting `oauth` of `mail.yaml`. */
export const OAuthSetting = Type.Optional(
  Type.ByName(
    Type.Object({
      clientId: Type.String({
        minLength: 1,
        maxLength: 300,
        description:
          'The id of the application that you registered there, for devices. There is none of ours.',
      }),
      deviceUrl: Url('Where a code is asked for (RFC 8628). That of `google` and `microsoft` is known.'),
      tokenUrl: Url('Where tokens are asked for. That of `google` and `microsoft` is known.'),
      scopes: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 300 }), {
          maxItems: 20,
          description: 'What is asked for. Those of `google` and `microsoft` are known.',
        }),
      ),
    }),
    {
      pattern: PROVIDER_NAME,
      names: 'small letters, digits and "-", such as microsoft',
      description: 'Who people sign in at without a password, by names that you choose.',
    },
  ),
)
export type OAuthSetting = Type.Static<typeof OAuthSetting>

interface Endpoints {
  deviceUrl: string
  tokenUrl: string
  scopes: readonly string[]
}

export interface Provider extends Endpoints {
  name: string
  clientId: string
}

/** What is set of a provider, with what is known. Throws a MailProblem that says what is missing. */
export function providerNamed(
  name: string,
  settings: OAuthSetting | undefined,
  hosts: readonly string[],
): Provider {
  const { clientId, ...own } = settings?.[name] ?? {}
  const { deviceUrl, tokenUrl, scopes } = { ...KNOWN[name], ...own }
  if (clientId === undefined)
    throw new MailProblem(
      'refused',
      `Nobody can sign in at ${JSON.stringify(name)} yet: the owner registers an application for devices there, and sets its id in mail.yaml as "oauth: { ${name}: { clientId: … } }". No id of ours comes with llmbasedos.`,
    )
  if (deviceUrl === undefined || tokenUrl === undefined || scopes === undefined)
    throw new MailProblem(
      'refused',
      `${JSON.stringify(name)} is not known, so mail.yaml has to say its deviceUrl, its tokenUrl and its scopes.`,
    )
  for (const url of [deviceUrl, tokenUrl]) mustBeEncrypted(url, hosts)
  return { name, clientId, deviceUrl, tokenUrl, scopes }
}

/** Tokens go over it: only what the owner named, in a network of their own, is reached without TLS. */
function mustBeEncrypted(text: string, hosts: readonly string[]): void {
  const url = URL.parse(text)
  if (!url || url.protocol === 'https:' || namedHosts(hosts).has(url.hostname, wholeIn(url.port, 1) ?? 80))
    return
  throw new MailProblem(
    'refused',
    `${url.host} is asked for tokens by http://. Use https://, or name it in "hosts" of mail.yaml if it is your own.`,
  )
}
