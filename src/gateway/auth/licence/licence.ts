/**
 * The licence of this machine and what it grants. Without a file the owner may do everything; with one, what its
 * tier says; with one that is not valid, no more than FREE. Files are looked at again when they change.
 */
import { createHash } from 'node:crypto'
import { unwatchFile, watchFile } from 'node:fs'
import { readFileBounded } from '../../../host/bounded-file.ts'
import { readYaml, yamlParser } from '../../../host/config-yaml.ts'
import type { Grant } from '../../call.ts'
import { type LicenceKey, readKey } from './key.ts'
import { compilePatterns } from './patterns.ts'
import { DEFAULT_TIERS, FREE, OWNER, readTiers, type Tier } from './tiers.ts'

const MAX_BYTES = 64 * 1024
/** How often the files are looked at, in milliseconds: works for files that come and go, however they are written. */
const LOOK_EVERY_MS = 1000

export interface LicenceOptions {
  /** The licence file. */
  path: string
  /** The file of tiers. */
  tiersPath: string
  /** Told after each reading that brought something new. */
  onChange(what: LicenceSummary): void
  now?: () => number
}

export interface LicenceSummary {
  tier: string
  keyId: string | null
  user: string | null
  valid: boolean
  expiresAt: number | null
  /** Why it is not valid, or what else one should know. */
  note: string
}

interface Reading {
  keyId: string | null
  /** Undefined where there is no file, or none that can be understood. */
  key: LicenceKey | undefined
  /** Why there is a file but no key. */
  problem: string | undefined
}

const NO_FILE: Reading = { keyId: null, key: undefined, problem: undefined }

export class Licence {
  readonly #options: LicenceOptions
  readonly #now: () => number
  #tiers = new Map(DEFAULT_TIERS.map((tier) => [tier.name, tier]))
  #tiersProblem: string | undefined
  #reading = NO_FILE
  /** By the tier of a token, for as long as the files and the validity stay as they are: one object a tier. */
  #grants = new Map<string | undefined, Grant>()
  #grantsValid = true
  #told = ''

  private constructor(options: LicenceOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /** Reads the files and watches them until closed. Never throws for what is in them. */
  static async open(options: LicenceOptions): Promise<Licence> {
    const licence = new Licence(options)
    await licence.reload()
    for (const path of [options.path, options.tiersPath])
      watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, () => void licence.reload())
    return licence
  }

  close(): void {
    unwatchFile(this.#options.path)
    unwatchFile(this.#options.tiersPath)
  }

  async reload(): Promise<void> {
    const { path, tiersPath } = this.#options
    try {
      const file = await readYaml(tiersPath)
      const own = file === undefined || file.value === undefined ? [] : readTiers(file.value)
      this.#tiers = new Map([...DEFAULT_TIERS, ...own].map((tier) => [tier.name, tier]))
      this.#tiersProblem = undefined
    } catch (error) {
      this.#tiersProblem = `The file of tiers is not used: ${(error as Error).message}.`
    }
    this.#reading = await read(path)
    this.#grants.clear()
    this.#tell()
  }

  hasTier(name: string): boolean {
    return this.#tiers.has(name)
  }

  get tierNames(): string[] {
    return [...this.#tiers.keys()]
  }

  /** What a caller may do whose token is bound to a tier, or to none. A token never gives more than the licence. */
  grant(tokenTier: string | undefined): Grant {
    const valid = this.#problem === undefined
    if (valid !== this.#grantsValid) {
      this.#grants.clear()
      this.#grantsValid = valid
      this.#tell()
    }
    let grant = this.#grants.get(tokenTier)
    if (!grant) {
      grant = this.#makeGrant(tokenTier)
      this.#grants.set(tokenTier, grant)
    }
    return grant
  }

  /** The tier that holds for such a caller. */
  tier(tokenTier: string | undefined): Tier {
    const licensed = this.#licensedTier
    if (tokenTier === undefined || this.#problem !== undefined) return licensed
    return this.#tiers.get(tokenTier) ?? (this.#tiers.get(FREE) as Tier)
  }

  get summary(): LicenceSummary {
    const { keyId, key } = this.#reading
    const problem = this.#problem
    const note = [problem ?? this.#note, this.#tiersProblem].filter((text) => text !== undefined).join(' ')
    return {
      tier: this.#licensedTier.name,
      keyId,
      user: key?.user ?? null,
      valid: problem === undefined,
      expiresAt: key?.expiresAt ?? null,
      note,
    }
  }

  /** Why the licence does not hold now; undefined if it does, or there is none. */
  get #problem(): string | undefined {
    const { key, problem } = this.#reading
    if (problem !== undefined) return `The licence file can't be used: ${problem}. Until it can, FREE holds.`
    if (key === undefined) return undefined
    if (!this.#tiers.has(key.tier) || key.tier === OWNER)
      return `The licence names the tier "${key.tier.slice(0, 40)}", which is not known here. FREE holds.`
    if (key.expiresAt !== null && key.expiresAt <= this.#now())
      return `The licence ended at ${new Date(key.expiresAt).toISOString()}. FREE holds until it is renewed.`
    return undefined
  }

  get #note(): string {
    return this.#reading.key === undefined
      ? 'There is no licence file: the owner may do everything.'
      : `The licence of ${this.#reading.key.user} holds.`
  }

  get #licensedTier(): Tier {
    const { key } = this.#reading
    const name = this.#problem === undefined ? (key?.tier ?? OWNER) : FREE
    return this.#tiers.get(name) as Tier
  }

  #makeGrant(tokenTier: string | undefined): Grant {
    const licensed = grantOf(this.#licensedTier)
    const tier = this.tier(tokenTier)
    if (tier === this.#licensedTier) return licensed
    const own = grantOf(tier)
    return {
      tier: own.tier,
      allows: (capability) => own.allows(capability) && licensed.allows(capability),
      rate: tighter(own.rate, licensed.rate),
    }
  }

  #tell(): void {
    const { summary } = this
    const text = JSON.stringify(summary)
    if (text === this.#told) return
    this.#told = text
    this.#options.onChange(summary)
  }
}

function grantOf({ name, requests, windowSeconds, capabilities }: Tier): Grant {
  const rate = requests === 0 ? undefined : { requests, windowMs: windowSeconds * 1000 }
  return { tier: name, allows: compilePatterns(capabilities), rate }
}

/** The one that lets fewer through in the long run. */
function tighter(a: Grant['rate'], b: Grant['rate']): Grant['rate'] {
  if (!a || !b) return a ?? b
  return a.requests / a.windowMs <= b.requests / b.windowMs ? a : b
}

async function read(path: string): Promise<Reading> {
  let text: string | undefined
  try {
    text = await readFileBounded(path, MAX_BYTES)
  } catch (error) {
    return { keyId: null, key: undefined, problem: `it can't be read (${(error as Error).message})` }
  }
  if (text === undefined) return NO_FILE
  const keyId = createHash('sha256').update(text).digest('hex').slice(0, 16)
  try {
    return { keyId, key: readKey(text, await yamlParser(path)), problem: undefined }
  } catch (error) {
    return { keyId, key: undefined, problem: (error as Error).message.replace(/\.$/, '') }
  }
}
