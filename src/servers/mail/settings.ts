/** What can be set of the server of mail, in `mail.yaml`. */
import { NamedHostsSetting } from '../../host/outward/named-hosts.ts'
import * as Type from '../../protocol/schema.ts'
import { CACHE_MEGABYTES } from './cache/mail-cache.ts'
import { OAuthSetting } from './oauth/providers.ts'

export const Settings = Type.Object({
  hosts: NamedHostsSetting,
  everyMinutes: Type.Integer({
    default: 5,
    minimum: 0,
    maximum: 1440,
    unit: 'minutes',
    description:
      'How often the inboxes are looked at while nobody asks. 0 never does. Lists are at most so old, unless they are asked for anew.',
  }),
  cacheMegabytes: Type.Integer({
    default: CACHE_MEGABYTES,
    minimum: 10,
    maximum: 100_000,
    unit: 'megabytes',
    description:
      'What is kept of the mail of a user before the texts of the oldest emails go. Headers stay, whatever they take.',
  }),
  oauth: OAuthSetting,
  attachedMegabytes: Type.Integer({
    default: 25,
    minimum: 1,
    maximum: 40,
    unit: 'megabytes',
    description:
      'What may be attached to one email, together. Encoding adds a third, and many providers take no more than that.',
  }),
  sendDelaySeconds: Type.Integer({
    default: 10,
    minimum: 0,
    maximum: 3600,
    unit: 'seconds',
    description: 'How long an email that was agreed to waits before it leaves, and can be called back.',
  }),
})
