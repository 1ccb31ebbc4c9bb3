/** Where the mail of an address lies: the largest providers, and else what its domain says (RFC 6186, RFC 8314). */
import type { Service } from '../../../host/outward/outward.ts'
import type { ServerAddress } from './account.ts'

interface Provider {
  domains: readonly string[]
  imap: string
  /** What the owner of an account has to do there first. */
  advice?: string
  /** Who its users sign in at, as src/servers/mail/oauth/providers.ts names them. */
  oauth?: string
}

const APP_PASSWORD = 'It wants an app password, which you make in the settings of your account there.'

export const PROVIDERS: readonly Provider[] = [
  { domains: ['gmail.com', 'googlemail.com'], imap: 'imap.gmail.com', advice: APP_PASSWORD, oauth: 'google' },
  {
    domains: [
      'outlook.com',
      'outlook.de',
      'outlook.fr',
      'hotmail.com',
      'hotmail.de',
      'hotmail.fr',
      'live.com',
      'msn.com',
    ],
    imap: 'outlook.office365.com',
    advice:
      'It lets no mail program in by a password: add the account with --oauth, which signs in in a browser.',
    oauth: 'microsoft',
  },
  {
    domains: ['icloud.com', 'me.com', 'mac.com'],
    imap: 'imap.mail.me.com',
    advice: APP_PASSWORD,
  },
  {
    domains: ['yahoo.com', 'yahoo.de', 'yahoo.fr', 'yahoo.co.uk', 'ymail.com'],
    imap: 'imap.mail.yahoo.com',
    advice: APP_PASSWORD,
  },
  { domains: ['aol.com'], imap: 'imap.aol.com', advice: APP_PASSWORD },
  { domains: ['fastmail.com', 'fastmail.fm'], imap: 'imap.fastmail.com', advice: APP_PASSWORD },
  {
    domains: ['gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch'],
    imap: 'imap.gmx.net',
    advice: 'Allow IMAP in its settings, under POP3 and IMAP.',
  },
  { domains: ['gmx.com'], imap: 'imap.gmx.com', advice: 'Allow IMAP in its settings, under POP3 and IMAP.' },
  { domains: ['web.de'], imap: 'imap.web.de', advice: 'Allow IMAP in its settings, under POP3 and IMAP.' },
  {
    domains: ['t-online.de'],
    imap: 'secureimap.t-online.de',
    advice: 'It has a password for mail programs of its own.',
  },
  { domains: ['posteo.de', 'posteo.net'], imap: 'posteo.de' },
  { domains: ['mailbox.org'], imap: 'imap.mailbox.org' },
  { domains: ['orange.fr'], imap: 'imap.orange.fr' },
  { domains: ['free.fr'], imap: 'imap.free.fr' },
  { domains: ['yandex.com', 'yandex.ru'], imap: 'imap.yandex.com', advice: APP_PASSWORD },
  { domains: ['zoho.com'], imap: 'imap.zoho.com', advice: APP_PASSWORD },
]

export interface FoundSettings {
  imap: ServerAddress
  /** Where the settings come from. */
  from: 'provider' | 'domain' | 'guess'
  advice: string | undefined
  /** Who people sign in at there, where that is known. */
  oauth: string | undefined
}

/** What a domain says of a service, such as `_imaps._tcp.example.org`; nothing where it says nothing. */
export type ServicesOf = (name: string) => Promise<readonly Service[]>

/** The settings for an address; the last resort is a guess, which has to be tried. */
export async function settingsFor(email: string, servicesOf: ServicesOf): Promise<FoundSettings> {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase()
  const provider = PROVIDERS.find(({ domains }) => domains.includes(domain))
  const settings = (host: string, port: number, security: ServerAddress['security']) => ({
    imap: { host, port, security, user: email },
  })
  if (provider)
    return {
      ...settings(provider.imap, 993, 'tls'),
      from: 'provider',
      advice: provider.advice,
      oauth: provider.oauth,
    }
  for (const [service, security] of [
    ['_imaps', 'tls'],
    ['_imap', 'starttls'],
  ] as const) {
    const [best] = await servicesOf(`${service}._tcp.${domain}`)
    // Many domains have their mail at one of the large providers.
    const { advice, oauth } = PROVIDERS.find(({ imap }) => imap === best?.host) ?? {}
    if (best) return { ...settings(best.host, best.port, security), from: 'domain', advice, oauth }
  }
  return { ...settings(`imap.${domain}`, 993, 'tls'), from: 'guess', advice: undefined, oauth: undefined }
}
