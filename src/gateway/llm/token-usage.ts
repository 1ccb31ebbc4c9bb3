/**
 * How many tokens each user used today, and whether a request still fits. Tokens of bearers share their user's count,
 * since who can make them would get a fresh day's tokens with each; one with a tier of its own has a count besides. The
 * prompt is charged when a request is sent, and the answer while it comes, so that a process that is killed forgets no
 * more than the last moment.
 */
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { Caller, Grant } from '../call/call.ts'

/** No tokenizer makes tokens longer than this of ordinary text: a count below is a lie, or a mistake. */
const MAX_CHARACTERS_PER_TOKEN = 16

export interface KeptUsage {
  key: string
  day: string
  tokens: number
}

export interface UsageStore {
  load(day: string): KeptUsage[]
  /** Replaces what is kept of these callers; resolves once that is written down. */
  save(usage: KeptUsage[]): Promise<void>
}

/** What is counted together, and how much of it a day has; Infinity for no limit. */
interface Account {
  key: string
  tier: string
  tokensPerDay: number
}

export interface Counts {
  promptTokens: number
  completionTokens: number
}

/** One request's use of tokens. */
export interface Charge {
  /** The most that the answer may take; undefined where no limit says. */
  readonly maxTokens: number | undefined
  /** Charges a piece of the answer. Throws LLM_QUOTA where it goes beyond the limit. */
  add(text: string): void
  /** Puts in the place of what was estimated what was counted; without it the estimate stays. */
  settle(counted: Partial<Counts>): Counts
}

export class TokenUsage {
  readonly #store: UsageStore
  readonly #now: () => number
  #day = ''
  #used = new Map<string, number>()
  readonly #changed = new Set<string>()

  constructor(store: UsageStore, now: () => number = Date.now) {
    this.#store = store
    this.#now = now
    this.#today()
  }

  /** How many tokens a caller has left today; undefined for as many as it likes. */
  remaining(caller: Caller, grant: Grant): number | undefined {
    if (!grant.llm) return 0
    const { left } = this.#tightest(accountsOf(caller, grant))
    return left === Infinity ? undefined : left
  }

  /**
   * Charges the prompt of a request. `wanted` is the longest answer that it asks for; without it, it gets what is left.
   * Throws LLM_QUOTA, and charges nothing, where it can't fit.
   */
  begin(caller: Caller, grant: Grant, promptTokens: number, wanted: number | undefined): Charge {
    const accounts = accountsOf(caller, grant)
    const limits = limitsOf(grant, this.#tightest(accounts))
    const least = promptTokens + (wanted ?? 1)
    for (const { name, tokens, has } of limits)
      if (least > tokens) throw this.#refusal(name, `${asked(promptTokens, wanted)}, and ${has}`, tokens)
    const room = limits.map(({ tokens }) => tokens - promptTokens)
    const maxTokens = limits.length === 0 ? wanted : Math.min(...room, wanted ?? Infinity)
    let completionTokens = 0
    let characters = 0
    let pieces = 0
    this.#charge(accounts, promptTokens)

    return {
      maxTokens,
      add: (text) => {
        characters += text.length
        pieces++
        const now = Math.max(pieces, leastTokens(characters))
        this.#charge(accounts, now - completionTokens)
        completionTokens = now
        this.#refuseBeyond(accounts, grant, promptTokens + now)
      },
      settle: ({ promptTokens: prompt = promptTokens, completionTokens: counted = completionTokens }) => {
        const answer = Math.max(counted, leastTokens(characters))
        this.#charge(accounts, prompt - promptTokens + answer - completionTokens)
        return { promptTokens: prompt, completionTokens: answer }
      },
    }
  }

  /** Writes down what changed since the last time. Rejects as the store does; the next time writes it then. */
  async save(): Promise<void> {
    const day = this.#today()
    if (this.#changed.size === 0) return
    const changed = [...this.#changed]
    this.#changed.clear() // what is used from now on is for the next time
    try {
      await this.#store.save(changed.map((key) => ({ key, day, tokens: this.#used.get(key) ?? 0 })))
    } catch (error) {
      if (this.#day === day) for (const key of changed) this.#changed.add(key)
      throw error
    }
  }

  /** For an answer that is longer than was asked for, or a day that others use up meanwhile. */
  #refuseBeyond(accounts: readonly Account[], { tier, llm }: Grant, inRequest: number): void {
    const { tokensPerRequest = Infinity } = llm ?? {}
    if (inRequest > tokensPerRequest)
      throw this.#refusal(
        `${tier}.max_llm_tokens_per_request`,
        `the answer became longer than the ${tokensPerRequest} tokens of a request`,
        tokensPerRequest,
      )
    for (const account of accounts)
      if (this.#usedBy(account.key) > account.tokensPerDay)
        throw this.#refusal(perDay(account), 'the tokens of today are used up', 0)
  }

  /** The account with the least left. */
  #tightest(accounts: readonly Account[]): { account: Account; left: number } {
    const all = accounts.map((account) => ({
      account,
      left: Math.max(0, account.tokensPerDay - this.#usedBy(account.key)),
    }))
    return all.reduce((least, one) => (one.left < least.left ? one : least))
  }

  #usedBy(key: string): number {
    this.#today()
    return this.#used.get(key) ?? 0
  }

  #charge(accounts: readonly Account[], tokens: number): void {
    if (tokens === 0) return
    for (const { key } of accounts) {
      this.#used.set(key, Math.max(0, this.#usedBy(key) + tokens))
      this.#changed.add(key)
    }
  }

  /** The day that it is; on a new one, everyone begins again. */
  #today(): string {
    const day = new Date(this.#now()).toISOString().slice(0, 10)
    if (day !== this.#day) {
      this.#day = day
      this.#used = new Map(this.#store.load(day).map(({ key, tokens }) => [key, tokens]))
      this.#changed.clear()
    }
    return day
  }

  #refusal(limit: string, why: string, tokens: number): RpcError {
    const retryAfterMs = limit.endsWith('per_day') ? msUntilTomorrow(this.#now()) : undefined
    return new RpcError(
      'LLM_QUOTA',
      `The quota for the language model (${limit}): ${why}.${retryAfterMs === undefined ? ' Ask for less.' : ' The next day begins at 00:00 UTC.'}`,
      { data: { limit, tokens, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } },
    )
  }
}

function accountsOf(
  { id, user, tier: own }: Caller,
  { tier, llm, ofUser }: Grant,
): readonly [Account, ...Account[]] {
  const shared = {
    key: `user:${user} ${ofUser.tier}`,
    tier: ofUser.tier,
    tokensPerDay: ofUser.tokensPerDay ?? Infinity,
  }
  if (own === undefined) return [shared]
  return [{ key: `${id} ${tier}`, tier, tokensPerDay: llm?.tokensPerDay ?? Infinity }, shared]
}

const perDay = ({ tier }: Account): string => `${tier}.max_llm_tokens_per_day`

function limitsOf({ tier, llm }: Grant, { account, left }: { account: Account; left: number }) {
  const perRequest = llm?.tokensPerRequest
  return [
    ...(perRequest === undefined
      ? []
      : [
          {
            name: `${tier}.max_llm_tokens_per_request`,
            tokens: perRequest,
            has: `a request may take ${perRequest}`,
          },
        ]),
    ...(left === Infinity ? [] : [{ name: perDay(account), tokens: left, has: `${left} are left today` }]),
  ]
}

const asked = (prompt: number, wanted: number | undefined): string =>
  `the prompt has about ${prompt} tokens${wanted === undefined ? '' : ` and the answer may have ${wanted}`}`

const leastTokens = (characters: number): number => Math.ceil(characters / MAX_CHARACTERS_PER_TOKEN)

function msUntilTomorrow(now: number): number {
  const tomorrow = new Date(now)
  tomorrow.setUTCHours(24, 0, 0, 0)
  return tomorrow.getTime() - now
}
