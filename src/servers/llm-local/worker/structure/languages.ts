/**
 * Regular languages, with intersection and complement, and the automata that read them, by derivatives. Source:
 * Owens, Reppy and Turon, "Regular-expression derivatives re-examined" (2009).
 */
import { has, intersection, type Ranges, union, WRITABLE } from './code-points.ts'

/** A language. Equal ones that were made in the same way are the same object. */
export type Language = { readonly id: number; readonly nullable: boolean } & (
  | { readonly kind: 'none' | 'empty' }
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'concat'; readonly first: Language; readonly rest: Language }
  | { readonly kind: 'or' | 'and'; readonly of: readonly Language[] }
  | { readonly kind: 'not' | 'star'; readonly of: Language }
  | { readonly kind: 'multiple'; readonly step: Step; readonly left: number; readonly decimals: number }
)

/** Numbers that are a multiple of `by`, with at most so many decimals, in units of the last of these. */
export interface Step {
  by: number
  decimals: number
}

/** What the parts of a language are made of, before they are numbered. */
type Shape = Language extends infer L ? (L extends Language ? Omit<L, 'id' | 'nullable'> : never) : never

/** One that would take more states is of no use as a grammar. */
const MOST_STATES = 3000
/** Parts of languages, however many of these there are: what is repeated within what is repeated grows quickly. */
const MOST_PARTS = 200_000
/** What is done for one language, and for all of a schema: some patterns of few characters would take years. */
const MOST_STEPS = 2_500_000
const MOST_STEPS_IN_ALL = 5_000_000
/** No point has been written. */
const WHOLE = -1
const ZERO = 0x30
const NINE = 0x39
const POINT = 0x2e

/** A language can't be made an automaton of a bearable size, or in a bearable time. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** Whether something was too large, or too deep for the stack. */
export const isTooLarge = (error: unknown): boolean =>
  error instanceof TooLarge || (error instanceof RangeError && /call stack/.test(error.message))

export interface State {
  accepts: boolean
  /** Never two for the same character. */
  next: { ranges: Ranges; to: number }[]
}

export class Languages {
  readonly #known = new Map<string, Language>()
  #steps = 0
  #stepsInAll = 0
  readonly none = this.#make({ kind: 'none' }, 'none', false)
  readonly empty = this.#make({ kind: 'empty' }, 'empty', true)
  readonly anyCharacter = this.set(WRITABLE)
  readonly everything = this.#make({ kind: 'star', of: this.anyCharacter }, 'everything', true)

  /** What follows is about another language. */
  begin(): void {
    this.#steps = 0
  }

  /** Counts what is done. Throws TooLarge where that is more than a grammar is worth. */
  spend(steps: number): void {
    this.#steps += steps
    this.#stepsInAll += steps
    if (this.#steps > MOST_STEPS || this.#stepsInAll > MOST_STEPS_IN_ALL) throw new TooLarge()
  }

  #spendOn(of: readonly Language[], kind: 'or' | 'and'): void {
    for (const one of of) this.spend(one.kind === kind ? one.of.length : 1)
  }

  set(ranges: Ranges): Language {
    this.spend(ranges.length)
    const writable = intersection(union(ranges), WRITABLE)
    return writable.length === 0
      ? this.none
      : this.#make({ kind: 'set', ranges: writable }, `set ${writable.join(';')}`, false)
  }

  literal(text: string): Language {
    this.spend(text.length)
    return this.concat(...[...text].map((one) => this.set([[at(one), at(one)]])))
  }

  concat(...parts: readonly Language[]): Language {
    return parts.reduceRight((rest, first) => this.#pair(first, rest), this.empty)
  }

  #pair(first: Language, rest: Language): Language {
    if (first === this.none || rest === this.none) return this.none
    if (first === this.empty) return rest
    if (rest === this.empty) return first
    if (first.kind === 'concat') return this.#pair(first.first, this.#pair(first.rest, rest))
    const nullable = first.nullable && rest.nullable
    return this.#make({ kind: 'concat', first, rest }, `concat ${first.id} ${rest.id}`, nullable)
  }

  or(...of: readonly Language[]): Language {
    this.#spendOn(of, 'or')
    const sets: (readonly [number, number])[] = []
    const others = new Set<Language>()
    for (const one of of.flatMap((given) => (given.kind === 'or' ? given.of : [given])))
      if (one.kind === 'set') sets.push(...one.ranges)
      else if (one !== this.none) others.add(one)
    if (others.has(this.everything)) return this.everything
    if (sets.length > 0) others.add(this.set(sets))
    return this.#several('or', others, this.none)
  }

  and(...of: readonly Language[]): Language {
    this.#spendOn(of, 'and')
    const all = new Set(of.flatMap((given) => (given.kind === 'and' ? given.of : [given])))
    all.delete(this.everything)
    if (all.has(this.none)) return this.none
    return this.#several('and', all, this.everything)
  }

  not(of: Language): Language {
    if (of === this.none) return this.everything
    if (of === this.everything) return this.none
    return of.kind === 'not' ? of.of : this.#make({ kind: 'not', of }, `not ${of.id}`, !of.nullable)
  }

  star(of: Language): Language {
    if (of === this.none || of === this.empty) return this.empty
    if (of === this.anyCharacter) return this.everything
    return of.kind === 'star' ? of : this.#make({ kind: 'star', of }, `star ${of.id}`, true)
  }

  /** `least` to `most` times; `most` may be Infinity. Throws TooLarge where that is written out too often. */
  repeat(of: Language, least: number, most: number): Language {
    if (Math.max(least, most === Number.POSITIVE_INFINITY ? 0 : most) > MOST_STATES) throw new TooLarge()
    let rest = most === Number.POSITIVE_INFINITY ? this.star(of) : this.empty
    if (most !== Number.POSITIVE_INFINITY)
      for (let i = least; i < most; i++) rest = this.or(this.empty, this.#pair(of, rest))
    for (let i = 0; i < least; i++) rest = this.#pair(of, rest)
    return rest
  }

  /** Unsigned decimal numbers that are multiples of a step. */
  multiples(step: Step): Language {
    return this.#multiple(step, 0, WHOLE)
  }

  /** The automaton of a language, without what leads nowhere; undefined where no text is in it. Throws TooLarge. */
  automaton(language: Language, mostStates = MOST_STATES): State[] | undefined {
    const found: Language[] = [language]
    const places = new Map([[language, 0]])
    const states: State[] = []
    for (let i = 0; i < found.length; i++) {
      const one = found[i] as Language
      const next = new Map<number, (readonly [number, number])[]>()
      for (const ranges of this.#pieces(one)) {
        const to = this.#derive(one, ranges[0])
        if (to === this.none) continue
        let place = places.get(to)
        if (place === undefined) {
          if (found.length >= mostStates) throw new TooLarge()
          place = found.push(to) - 1
          places.set(to, place)
        }
        const known = next.get(place)
        if (known) known.push(ranges)
        else next.set(place, [ranges])
      }
      states.push({
        accepts: one.nullable,
        next: [...next].map(([to, ranges]) => ({ to, ranges: union(ranges) })),
      })
    }
    return trimmed(states)
  }

  /** Ranges within which a language makes no difference. */
  #pieces(language: Language): [number, number][] {
    const bounds = new Set<number>()
    this.#bounds(language, bounds)
    const sorted = [...bounds].sort((a, b) => a - b)
    return WRITABLE.flatMap(([first, last]) => {
      const starts = [first, ...sorted.filter((bound) => bound > first && bound <= last)]
      return starts.map((start, i): [number, number] => [start, (starts[i + 1] ?? last + 1) - 1])
    })
  }

  /** Where the ranges begin between which the first character decides. */
  #bounds(language: Language, into: Set<number>): void {
    this.spend(language.kind === 'set' ? language.ranges.length : 1)
    switch (language.kind) {
      case 'set':
        for (const [first, last] of language.ranges) into.add(first).add(last + 1)
        return
      case 'concat':
        this.#bounds(language.first, into)
        if (language.first.nullable) this.#bounds(language.rest, into)
        return
      case 'or':
      case 'and':
        for (const one of language.of) this.#bounds(one, into)
        return
      case 'not':
      case 'star':
        this.#bounds(language.of, into)
        return
      case 'multiple':
        for (let digit = ZERO; digit <= NINE + 1; digit++) into.add(digit)
        into.add(POINT).add(POINT + 1)
    }
  }

  /** What may follow a character. */
  #derive(language: Language, point: number): Language {
    this.spend(1)
    switch (language.kind) {
      case 'none':
      case 'empty':
        return this.none
      case 'set':
        return has(language.ranges, point) ? this.empty : this.none
      case 'concat': {
        const inFirst = this.#pair(this.#derive(language.first, point), language.rest)
        return language.first.nullable ? this.or(inFirst, this.#derive(language.rest, point)) : inFirst
      }
      case 'or':
        return this.or(...language.of.map((one) => this.#derive(one, point)))
      case 'and':
        return this.and(...language.of.map((one) => this.#derive(one, point)))
      case 'not':
        return this.not(this.#derive(language.of, point))
      case 'star':
        return this.#pair(this.#derive(language.of, point), language)
      case 'multiple': {
        const { step, left, decimals } = language
        if (point === POINT && decimals === WHOLE && step.decimals > 0) return this.#multiple(step, left, 0)
        if (point < ZERO || point > NINE || decimals === step.decimals) return this.none
        const next = decimals === WHOLE ? WHOLE : decimals + 1
        return this.#multiple(step, (left * 10 + point - ZERO) % step.by, next)
      }
    }
  }

  /** With `left` over from the digits so far, and so many of them after the point. */
  #multiple(step: Step, left: number, decimals: number): Language {
    const missing = step.decimals - Math.max(0, decimals)
    const whole = Array.from({ length: missing }).reduce<number>((rest) => (rest * 10) % step.by, left)
    const key = `multiple ${step.by} ${step.decimals} ${left} ${decimals}`
    return this.#make({ kind: 'multiple', step, left, decimals }, key, whole === 0)
  }

  #several(kind: 'or' | 'and', all: ReadonlySet<Language>, without: Language): Language {
    this.spend(all.size)
    const [first, ...others] = [...all].sort((a, b) => a.id - b.id)
    if (first === undefined) return without
    if (others.length === 0) return first
    const of = [first, ...others]
    const nullable = kind === 'or' ? of.some((one) => one.nullable) : of.every((one) => one.nullable)
    return this.#make({ kind, of }, `${kind} ${of.map(({ id }) => id).join()}`, nullable)
  }

  #make(shape: Shape, key: string, nullable: boolean): Language {
    const known = this.#known.get(key)
    if (known) return known
    if (this.#known.size >= MOST_PARTS) throw new TooLarge()
    const language = { ...shape, nullable, id: this.#known.size } as Language
    this.#known.set(key, language)
    return language
  }
}

/** Leaves out states from which no text ends. */
function trimmed(states: State[]): State[] | undefined {
  const before = states.map((): number[] => [])
  for (const [from, { next }] of states.entries()) for (const { to } of next) before[to]?.push(from)
  const alive = new Set<number>()
  const work = states.flatMap(({ accepts }, i) => (accepts ? [i] : []))
  for (let i = work.pop(); i !== undefined; i = work.pop()) {
    if (alive.has(i)) continue
    alive.add(i)
    work.push(...(before[i] as number[]))
  }
  if (!alive.has(0)) return undefined
  const places = new Map([...alive].sort((a, b) => a - b).map((state, place) => [state, place]))
  return [...places.keys()].map((state) => {
    const { accepts, next } = states[state] as State
    return {
      accepts,
      next: next.flatMap(({ ranges, to }) => {
        const place = places.get(to)
        return place === undefined ? [] : [{ ranges, to: place }]
      }),
    }
  })
}

const at = (character: string): number => character.codePointAt(0) as number
