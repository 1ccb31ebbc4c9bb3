/**
 * The licence of this machine and what it grants. Without a file the owner may do everything; with one, what its
 * tier says; with one that is not valid, no more than FREE. Files are looked at again when they change.
 */
import { createHash } from 'node:crypto'
import { readFileBounded } from '../../../host/bounded-file.ts'
import { loadConfigFile } from '../../../host/config/load.ts'
import { yamlParser } from '../../../host/config/yaml.ts'
import type { Grant, Rate } from '../../call/call.ts'
import { validate } from './generated/tiers.config.ts'
import { type LicenceKey, readKey } from './key.ts'
import { compilePatterns } from './patterns.ts'
import { watchSettled } from './settled-file.ts'
import { config } from './tiers.config.ts'
import { DEFAULT_TIERS, FREE, narrow, nothing, OWNER, type Tier } from './tiers.ts'

const MAX_BYTES = 64 * 1024
/** What there is while the file of tiers can't be used: it may have narrowed the others. */
const SAFE_TIERS = DEFAULT_TIERS.filter(({ name }) => name === OWNER || name === FREE)

export interface LicenceOptions {
  /** The licence file. */
  path: string
  /** The file of tiers. */
  tiersPath: string
  /** Called after each reading that brought something new. */
  onChange(what: LicenceSummary): void
  now?: () => number
}

export interface LicenceSummary {
  tier: string
  keyId: string | null
  user: string | null
  valid: boolean
  expiresAt: number | null
  /** Whether the file of tiers can be used, or there is none. */
  tiersValid: boolean
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
  #tiers = byName(DEFAULT_TIERS)
  #tiersProblem: string | undefined
  #reading = NO_FILE
  /** By the tier of a token, for as long as the files and the validity stay as they are: one object a tier. */
  #grants = new Map<string | undefined, Grant>()
  #grantsHold = true
  #told = ''
  readonly #watches: { close(): void }[]
  /** Files are read one time after the other, so that the last reading is of the last change. */
  #reloading: Promise<void> = Promise.resolve()

  private constructor(options: LicenceOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    // Before the first reading, so that no change falls in between.
    this.#watches = [options.path, options.tiersPath].map((path) =>
      watchSettled(path, () => void this.reload()),
    )
  }

  /** Reads the files and watches them until closed. Never throws for what is in them. */
  static async open(options: LicenceOptions): Promise<Licence> {
    const licence = new Licence(options)
    await licence.reload()
    return licence
  }

  close(): void {
    for (const watch of this.#watches) watch.close()
  }

  /** Resolves when the files were read as they are now. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#load())
    return this.#reloading
  }

  async #load(): Promise<void> {
    const { path, tiersPath } = this.#options
    const reading = await read(path)
    try {
      const own = await loadConfigFile(config, validate, tiersPath)
      this.#tiers = byName([...DEFAULT_TIERS, ...own])
      this.#tiersProblem = undefined
    } catch (error) {
      const names = SAFE_TIERS.map(({ name }) => name).join(' and ')
      this.#tiers = byName(SAFE_TIERS)
      this.#tiersProblem = `The file of tiers can't be used: ${sentence(error)}. Until it can, there are only ${names}, and tokens of another tier may do nothing.`
    }
    this.#reading = reading
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
    const holds = this.#holds
    if (holds !== this.#grantsHold) {
      this.#grants.clear()
      this.#grantsHold = holds
      this.#tell()
    }
    let grant = this.#grants.get(tokenTier)
    if (!grant) {
      grant = grantOf(this.tier(tokenTier), this.#licensedTier)
      this.#grants.set(tokenTier, grant)
    }
    return grant
  }

  /** The tier that holds for such a caller, with what the licence takes from it. */
  tier(tokenTier: string | undefined): Tier {
    const licensed = this.#licensedTier
    if (tokenTier === undefined || tokenTier === licensed.name) return licensed
    const own = narrow(this.#tiers.get(tokenTier) ?? nothing(tokenTier), licensed)
    return this.#holds ? own : { ...own, name: licensed.name }
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
      tiersValid: this.#tiersProblem === undefined,
      expiresAt: key?.expiresAt ?? null,
      note,
    }
  }

  /** Whether the licence holds now, as one does that is not there. Asked at each call. */
  get #holds(): boolean {
    const { key, problem } = this.#reading
    if (problem !== undefined) return false
    return key === undefined || (this.#isLicensable(key.tier) && !this.#hasEnded(key))
  }

  #isLicensable(tier: string): boolean {
    return tier !== OWNER && this.#tiers.has(tier)
  }

  #hasEnded({ expiresAt }: LicenceKey): boolean {
    return expiresAt !== null && expiresAt <= this.#now()
  }

  /** Why the licence does not hold now; undefined if it does. */
  get #problem(): string | undefined {
    const { key, problem } = this.#reading
    if (problem !== undefined)
      return `The licence file can't be used: ${problem}. Until it can, FREE applies.`
    if (key === undefined || this.#holds) return undefined
    if (!this.#isLicensable(key.tier))
      return `The licence names the tier "${key.tier.slice(0, 40)}", which is not known here. FREE applies.`
    return `The licence ended at ${new Date(key.expiresAt ?? 0).toISOString()}. FREE applies until it is renewed.`
  }

  get #note(): string {
    return this.#reading.key === undefined
      ? 'There is no licence file: the owner may do everything.'
      : `The licence of ${this.#reading.key.user} holds.`
  }

  get #licensedTier(): Tier {
    const name = this.#holds ? (this.#reading.key?.tier ?? OWNER) : FREE
    return this.#tiers.get(name) ?? this.#tierFree
  }

  get #tierFree(): Tier {
    return this.#tiers.get(FREE) as Tier
  }

  #tell(): void {
    const { summary } = this
    const text = JSON.stringify(summary)
    if (text === this.#told) return
    this.#told = text
    this.#options.onChange(summary)
  }
}

const byName = (tiers: readonly Tier[]): Map<string, Tier> => new Map(tiers.map((tier) => [tier.name, tier]))

function grantOf(tier: Tier, licensed: Tier): Grant {
  const { name, capabilities, llm } = tier
  return {
    tier: name,
    allows: compilePatterns(capabilities),
    rate: rateOf(tier),
    llm: llm.access
      ? {
          allowsModel: compilePatterns(llm.models),
          tokensPerRequest: limitOf(llm.tokensPerRequest),
          tokensPerDay: limitOf(llm.tokensPerDay),
        }
      : undefined,
    ofUser: {
      tier: licensed.name,
      rate: rateOf(licensed),
      tokensPerDay: limitOf(licensed.llm.tokensPerDay),
    },
  }
}

const rateOf = ({ requests, windowSeconds }: Tier): Rate | undefined =>
  requests === 0 ? undefined : { requests, windowMs: windowSeconds * 1000 }

/** In tiers, 0 is no limit. */
const limitOf = (count: number): number | undefined => (count === 0 ? undefined : count)

async function read(path: string): Promise<Reading> {
  let text: string | undefined
  try {
    text = await readFileBounded(path, MAX_BYTES)
  } catch (error) {
    return { keyId: null, key: undefined, problem: `it can't be read (${sentence(error)})` }
  }
  if (text === undefined) return NO_FILE
  const keyId = createHash('sha256').update(text).digest('hex').slice(0, 16)
  try {
    return { keyId, key: readKey(text, await yamlParser(path)), problem: undefined }
  } catch (error) {
    return { keyId, key: undefined, problem: sentence(error) }
  }
}

/** What an error says, without its full stop. */
const sentence = (error: unknown): string => (error as Error).message.replace(/\.$/, '')
