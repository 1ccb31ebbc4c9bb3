/** Where the mail of an address lies: the largest providers, and else what its domain says (RFC 6186, RFC 8314). */
import type { Service } from '../../../host/outward/outward.ts'
import type { ServerAddress } from './account.ts'

interface Provider {
  domains: readonly string[]
  imap: string
  smtp: string
  /** Port 465 and TLS without; 587 with STARTTLS. */
  sendsBy?: 'starttls'
  /** What the owner of an account has to do there first. */
  advice?: string
  /** Who its users sign in at, as src/servers/mail/oauth/providers.ts names them. */
  oauth?: string
}

const APP_PASSWORD = 'It wants an app password, which you make in the settings of your account there.'

export const PROVIDERS: readonly Provider[] = [
  {
    domains: ['gmail.com', 'googlemail.com'],
    imap: 'imap.gmail.com',
    smtp: 'smtp.gmail.com',
    advice: APP_PASSWORD,
    oauth: 'google',
  },
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
    smtp: 'smtp-mail.outlook.com',
    sendsBy: 'starttls',
    advice:
      'It lets no mail program in by a password: add the account with --oauth, which signs in in a browser.',
    oauth: 'microsoft',
  },
  {
    domains: ['icloud.com', 'me.com', 'mac.com'],
    imap: 'imap.mail.me.com',
    smtp: 'smtp.mail.me.com',
    sendsBy: 'starttls',
    advice: APP_PASSWORD,
  },
  {
    domains: ['yahoo.com', 'yahoo.de', 'yahoo.fr', 'yahoo.co.uk', 'ymail.com'],
    imap: 'imap.mail.yahoo.com',
    smtp: 'smtp.mail.yahoo.com',
    advice: APP_PASSWORD,
  },
  { domains: ['aol.com'], imap: 'imap.aol.com', smtp: 'smtp.aol.com', advice: APP_PASSWORD },
  {
    domains: ['fastmail.com', 'fastmail.fm'],
    imap: 'imap.fastmail.com',
    smtp: 'smtp.fastmail.com',
    advice: APP_PASSWORD,
  },
  {
    domains: ['gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch'],
    imap: 'imap.gmx.net',
    smtp: 'mail.gmx.net',
    advice: 'Allow IMAP in its settings, under POP3 and IMAP.',
  },
  {
    domains: ['gmx.com'],
    imap: 'imap.gmx.com',
    smtp: 'mail.gmx.com',
    advice: 'Allow IMAP in its settings, under POP3 and IMAP.',
  },
  {
    domains: ['web.de'],
    imap: 'imap.web.de',
    smtp: 'smtp.web.de',
    sendsBy: 'starttls',
    advice: 'Allow IMAP in its settings, under POP3 and IMAP.',
  },
  {
    domains: ['t-online.de'],
    imap: 'secureimap.t-online.de',
    smtp: 'securesmtp.t-online.de',
    advice: 'It has a password for mail programs of its own.',
  },
  { domains: ['posteo.de', 'posteo.net'], imap: 'posteo.de', smtp: 'posteo.de' },
  { domains: ['mailbox.org'], imap: 'imap.mailbox.org', smtp: 'smtp.mailbox.org' },
  { domains: ['orange.fr'], imap: 'imap.orange.fr', smtp: 'smtp.orange.fr' },
  { domains: ['free.fr'], imap: 'imap.free.fr', smtp: 'smtp.free.fr' },
  {
    domains: ['yandex.com', 'yandex.ru'],
    imap: 'imap.yandex.com',
    smtp: 'smtp.yandex.com',
    advice: APP_PASSWORD,
  },
  { domains: ['zoho.com'], imap: 'imap.zoho.com', smtp: 'smtp.zoho.com', advice: APP_PASSWORD },
]

/** What may be wrong where the server of a provider refuses a password. */
export const adviceFor = (host: string): string =>
  PROVIDERS.find(({ imap }) => imap === host)?.advice ??
  'Many providers want an app password, which you make in their settings.'

export interface FoundSettings {
  imap: ServerAddress
  /** Where its mail is sent by; undefined where its domain names none. */
  smtp: ServerAddress | undefined
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
  const address = (host: string, port: number, security: ServerAddress['security']): ServerAddress => ({
    host,
    port,
    security,
    user: email,
  })
  if (provider) {
    const { imap, smtp, sendsBy = 'tls', advice, oauth } = provider
    const port = sendsBy === 'tls' ? 465 : 587
    return {
      imap: address(imap, 993, 'tls'),
      smtp: address(smtp, port, sendsBy),
      from: 'provider',
      advice,
      oauth,
    }
  }
  const said = async (services: readonly (readonly [string, ServerAddress['security']])[]) => {
    for (const [service, security] of services) {
      const [best] = await servicesOf(`${service}._tcp.${domain}`)
      if (best) return address(best.host, best.port, security)
    }
    return undefined
  }
  const imap = await said([
    ['_imaps', 'tls'],
    ['_imap', 'starttls'],
  ])
  const smtp = await said([
    ['_submissions', 'tls'],
    ['_submission', 'starttls'],
  ])
  if (!imap)
    return {
      imap: address(`imap.${domain}`, 993, 'tls'),
      smtp: smtp ?? address(`smtp.${domain}`, 465, 'tls'),
      from: 'guess',
      advice: undefined,
      oauth: undefined,
    }
  // Many domains have their mail at one of the large providers.
  const { advice, oauth } = PROVIDERS.find((one) => one.imap === imap.host) ?? {}
  return { imap, smtp, from: 'domain', advice, oauth }
}

/** Hosts that put what is sent by them into the folder of sent mail themselves. */
const KEEPING: readonly string[] = ['smtp.gmail.com', 'smtp-mail.outlook.com', 'smtp.office365.com']

export const keepsWhatIsSent = (host: string): boolean => KEEPING.includes(host.toLowerCase())
