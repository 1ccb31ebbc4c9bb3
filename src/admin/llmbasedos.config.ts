/** `llmbasedos.yaml`: what a stick, the boot medium or a credential provides to a machine that starts. */
import { ADMIN_VERBS } from '../contracts/admin-helper.ts'
import type { ConfigurationName } from '../contracts/admin-results.ts'
import { hostName, LOCALITY, type Locality, type Rule, sshKey, WIFI } from '../contracts/admin-rules.ts'
import { defineConfig, type SettingPath, type TellMistake } from '../protocol/config.ts'
import * as Type from '../protocol/schema.ts'

export interface Provided {
  hostname?: string
  /** Undefined where none were provided; an empty list takes those of an earlier boot away. */
  keys?: string[]
  licence?: string
  secrets: { server: string; user: string | null; name: string; value: string }[]
  /** The defaults of what can be chosen on the machine. */
  locality: Partial<Locality>
  /** Wireless networks that are joined when they are in reach. */
  wifi: { name: string; passphrase: string }[]
  /** Files of configuration by name, as they would hold it. */
  configurations: { [name in ConfigurationName]?: object }
}

const SECRET = ADMIN_VERBS['secret/set'].params
const LICENCE = { ...SECRET.value, allowed: 'the text of a licence file' }

const ruled = (rule: Rule<unknown>, description: string) =>
  Type.String({ allowed: rule.allowed, description })
const fileOf = (name: string, allowed: string) =>
  Type.ByName(Type.Unknown({ allowed: `a setting of ${name}` }), {
    allowed,
    description: `What \`${name}\` holds.`,
  })

const Settings = Type.Object({
  hostname: Type.Optional(ruled(hostName, 'The name of the machine.')),
  keyboard: Type.Optional(ruled(LOCALITY.keyboard, 'The layout of its keyboard.')),
  timezone: Type.Optional(ruled(LOCALITY.timezone, 'The time zone of its clock.')),
  language: Type.Optional(ruled(LOCALITY.language, 'The language of dates and sorting in shells.')),
  wifi: Type.Optional(
    Type.Array(
      Type.Object({
        name: ruled(WIFI.name, 'A wireless network.'),
        passphrase: ruled(WIFI.passphrase, 'Its security.'),
      }),
    ),
  ),
  'ssh-keys': Type.Optional(
    Type.Array(ruled(sshKey, ''), { description: 'Public keys that may log in as `luca` and `owner`.' }),
  ),
  licence: Type.Optional(ruled(LICENCE, 'The licence file.')),
  secrets: Type.Optional(
    Type.Array(
      Type.Object({
        server: ruled(SECRET.server, 'The server that gets it.'),
        user: Type.Optional(ruled(SECRET.user, 'The user, for a server that each user has.')),
        name: ruled(SECRET.name, 'Its name for the server.'),
        value: ruled(SECRET.value, 'The secret.'),
      }),
    ),
  ),
  configuration: Type.Optional(fileOf('gateway.yaml', "the gateway's settings by name")),
  models: Type.Optional(fileOf('models.yaml', '"providers" and "models" by name')),
})
export type Written = Type.Static<typeof Settings>

export const config = defineConfig({ name: 'llmbasedos', schema: Settings, derive: takeProvided })

/** What of it fits the rules of the root helper; tells what does not. Values are never told: they may be secrets. */
export function takeProvided(written: Written, tell: TellMistake): Provided {
  const fits = (rule: Rule<unknown>, value: unknown, ...path: SettingPath): boolean => {
    if (value === undefined) return false
    const ok = rule.fits(value)
    if (!ok) tell(path, `must be ${rule.allowed}`)
    return ok
  }
  const hostname = written.hostname?.trim()
  const keys = written['ssh-keys']?.map((line) => line.trim())
  const right = keys?.filter((line, i) => fits(sshKey, line, 'ssh-keys', i))
  const locality: Partial<Locality> = {}
  for (const part of ['keyboard', 'timezone', 'language'] as const) {
    const value = written[part]
    if (value !== undefined && fits(LOCALITY[part], value, part)) locality[part] = value
  }
  const secrets = (written.secrets ?? []).map(({ user = null, ...secret }) => ({ user, ...secret }))
  const wifi = written.wifi ?? []
  const { licence, configuration: gateway, models } = written
  return {
    ...(hostname !== undefined && fits(hostName, hostname, 'hostname') && { hostname }),
    // Where none of them is right, those of an earlier boot stay.
    ...(right && (right.length > 0 || keys?.length === 0) && { keys: right }),
    ...(licence !== undefined && fits(LICENCE, licence, 'licence') && { licence }),
    locality,
    // Each gets all that is wrong with it.
    secrets: secrets.filter(
      (secret, i) =>
        !(['server', 'user', 'name', 'value'] as const)
          .filter((key) => key !== 'user' || secret.user !== null)
          .map((key) => fits(SECRET[key], secret[key], 'secrets', i, key))
          .includes(false),
    ),
    wifi: wifi.filter(
      (network, i) =>
        !(['name', 'passphrase'] as const)
          .map((key) => fits(WIFI[key], network[key], 'wifi', i, key))
          .includes(false),
    ),
    configurations: { ...(gateway && { gateway }), ...(models && { models }) },
  }
}
