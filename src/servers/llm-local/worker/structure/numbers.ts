/** Numbers within bounds, as the language of their digits. */
import type { Ranges } from './code-points.ts'
import type { Language, Languages, Step } from './languages.ts'

export interface NumberRules {
  minimum?: number | undefined
  maximum?: number | undefined
  exclusiveMinimum?: number | undefined
  exclusiveMaximum?: number | undefined
  multipleOf?: number | undefined
}

/** Digits before the point, where no bound asks for more: each such number is exact in a double. */
const DIGITS = 15
const MOST = 10n ** BigInt(DIGITS) - 1n
/** Digits after the point. */
const DECIMALS = 15
/** Steps of more parts would make too many states. */
const MOST_PARTS = 1000

interface Bound {
  /** Of its amount, without a sign. */
  whole: bigint
  /** Decimals, without zeros at the end. */
  rest: string
  isExclusive: boolean
}

/** Undefined where a step is too fine for a grammar. Both gives the language with what of the rules it holds to. */
export interface NumberLanguage {
  language: Language
  /** Whether it holds to all of them. */
  isExact: boolean
}

/** The numbers that keep to the rules: whole ones, or decimal ones without an exponent. */
export function numbers(languages: Languages, rules: NumberRules, isWhole: boolean): NumberLanguage {
  const step = rules.multipleOf === undefined ? undefined : stepOf(rules.multipleOf)
  const shape = isWhole ? languages.everything : decimal(languages)
  const inStep = step ? languages.multiples(step) : languages.everything
  const between = (least: Bound | undefined, most: Bound | undefined): Language => {
    const range = isWhole
      ? wholeBetween(languages, least, most)
      : languages.and(atLeast(languages, least), atMost(languages, most, least))
    return languages.and(shape, inStep, range)
  }
  const { lower, upper } = boundsOf(rules)
  const above =
    upper && isNegative(upper)
      ? languages.none
      : between(lower && !isNegative(lower) ? lower.bound : undefined, upper?.bound)
  const below =
    lower && !isNegative(lower)
      ? languages.none
      : languages.concat(
          languages.literal('-'),
          languages.and(
            languages.not(languages.literal('0')),
            between(upper && upper.value <= 0 ? upper.bound : undefined, lower?.bound),
          ),
        )
  return {
    language: languages.or(above, below),
    isExact: rules.multipleOf === undefined || step !== undefined,
  }
}

interface Signed {
  value: number
  bound: Bound
}

const isNegative = ({ value }: Signed): boolean => value < 0

function boundsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: NumberRules) {
  const bound = (value: number, isExclusive: boolean): Signed => {
    const [whole = '0', rest = ''] = plain(Math.abs(value)).split('.')
    return { value, bound: { whole: BigInt(whole), rest: rest.replace(/0+$/, ''), isExclusive } }
  }
  const all = (values: [number | undefined, boolean][]) =>
    values.flatMap(([value, isExclusive]) => (value === undefined ? [] : [bound(value, isExclusive)]))
  const strictest = (given: Signed[], sign: 1 | -1) =>
    given.sort(
      (a, b) => sign * (b.value - a.value) || Number(b.bound.isExclusive) - Number(a.bound.isExclusive),
    )[0]
  return {
    lower: strictest(
      all([
        [minimum, false],
        [exclusiveMinimum, true],
      ]),
      1,
    ),
    upper: strictest(
      all([
        [maximum, false],
        [exclusiveMaximum, true],
      ]),
      -1,
    ),
  }
}

/** A number without an exponent. */
export function plain(value: number): string {
  const text = String(value)
  const [, whole = '', rest = '', exponent] = /^(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? []
  if (exponent === undefined) return text
  const shift = Number(exponent)
  return shift > 0 ? whole + rest.padEnd(shift, '0') : `0.${'0'.repeat(-shift - 1)}${whole}${rest}`
}

function stepOf(multipleOf: number): Step | undefined {
  const [whole = '', rest = ''] = plain(multipleOf).split('.')
  const by = Number(whole + rest)
  return by >= 1 && by <= MOST_PARTS ? { by, decimals: rest.length } : undefined
}

const set = (languages: Languages, from: number, to: number): Language =>
  languages.set([[0x30 + from, 0x30 + to]] as Ranges)

const digits = (languages: Languages): Language => languages.star(set(languages, 0, 9))

function decimal(languages: Languages): Language {
  const digit = set(languages, 0, 9)
  const rest = languages.concat(languages.literal('.'), languages.repeat(digit, 1, DECIMALS))
  return languages.concat(
    languages.repeat(digit, 1, Number.POSITIVE_INFINITY),
    languages.or(languages.empty, rest),
  )
}

function wholeBetween(languages: Languages, least: Bound | undefined, most: Bound | undefined): Language {
  const from = least === undefined ? 0n : least.whole + (least.rest !== '' || least.isExclusive ? 1n : 0n)
  const to =
    most === undefined ? unbounded(from) : most.whole - (most.rest === '' && most.isExclusive ? 1n : 0n)
  return wholes(languages, from, to)
}

const unbounded = (from: bigint): bigint => (from > MOST / 10n ? from * 10n : MOST)

/** Whole numbers from one to another, both included, without zeros before them. */
function wholes(languages: Languages, from: bigint, to: bigint): Language {
  if (from > to) return languages.none
  const ranges: Language[] = []
  for (let length = String(from).length; length <= String(to).length; length++) {
    const first = length === 1 ? 0n : 10n ** BigInt(length - 1)
    const last = 10n ** BigInt(length) - 1n
    ranges.push(sameLength(languages, String(from > first ? from : first), String(to < last ? to : last)))
  }
  return languages.or(...ranges)
}

function sameLength(languages: Languages, from: string, to: string): Language {
  if (from === '') return languages.empty
  const rest = from.length - 1
  const any = languages.repeat(set(languages, 0, 9), rest, rest)
  if (/^0*$/.test(from.slice(1)) && /^9*$/.test(to.slice(1)))
    return languages.concat(set(languages, Number(from[0]), Number(to[0])), any)
  const low = Number(from[0])
  const high = Number(to[0])
  if (low === high)
    return languages.concat(set(languages, low, low), sameLength(languages, from.slice(1), to.slice(1)))
  return languages.or(
    languages.concat(set(languages, low, low), sameLength(languages, from.slice(1), '9'.repeat(rest))),
    ...(high - low > 1 ? [languages.concat(set(languages, low + 1, high - 1), any)] : []),
    languages.concat(set(languages, high, high), sameLength(languages, '0'.repeat(rest), to.slice(1))),
  )
}

function atLeast(languages: Languages, bound: Bound = { whole: 0n, rest: '', isExclusive: false }): Language {
  const { whole, rest, isExclusive } = bound
  const any = languages.or(languages.empty, languages.concat(languages.literal('.'), digits(languages)))
  return languages.or(
    languages.concat(wholes(languages, whole + 1n, unbounded(whole)), any),
    languages.concat(
      languages.literal(String(whole)),
      rest === '' && !isExclusive
        ? any
        : languages.concat(languages.literal('.'), restAtLeast(languages, rest, isExclusive)),
    ),
  )
}

function restAtLeast(languages: Languages, rest: string, isExclusive: boolean): Language {
  const any = digits(languages)
  if (rest === '')
    return isExclusive
      ? languages.concat(languages.star(set(languages, 0, 0)), set(languages, 1, 9), any)
      : any
  const digit = Number(rest[0])
  return languages.or(
    ...(digit < 9 ? [languages.concat(set(languages, digit + 1, 9), any)] : []),
    languages.concat(set(languages, digit, digit), restAtLeast(languages, rest.slice(1), isExclusive)),
  )
}

function atMost(languages: Languages, bound: Bound | undefined, least: Bound | undefined): Language {
  if (bound === undefined) {
    const any = languages.or(languages.empty, languages.concat(languages.literal('.'), digits(languages)))
    return languages.concat(wholes(languages, 0n, unbounded((least?.whole ?? 0n) + 1n)), any)
  }
  const { whole, rest, isExclusive } = bound
  const any = languages.or(languages.empty, languages.concat(languages.literal('.'), digits(languages)))
  return languages.or(
    languages.concat(wholes(languages, 0n, whole - 1n), any),
    languages.concat(languages.literal(String(whole)), restAtMost(languages, rest, isExclusive)),
  )
}

/** What may stand after the whole part: nothing, or a point and decimals. */
function restAtMost(languages: Languages, rest: string, isExclusive: boolean): Language {
  const zeros = languages.star(set(languages, 0, 0))
  if (rest === '')
    return isExclusive
      ? languages.none
      : languages.or(languages.empty, languages.concat(languages.literal('.'), zeros))
  const within = (left: string): Language => {
    const digit = Number(left[0])
    const after = left.slice(1)
    const same =
      after !== '' ? languages.or(languages.empty, within(after)) : isExclusive ? languages.none : zeros
    return languages.or(
      ...(digit > 0 ? [languages.concat(set(languages, 0, digit - 1), digits(languages))] : []),
      languages.concat(set(languages, digit, digit), same),
    )
  }
  return languages.or(languages.empty, languages.concat(languages.literal('.'), within(rest)))
}
