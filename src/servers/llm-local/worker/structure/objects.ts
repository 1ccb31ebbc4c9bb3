/** Objects in a grammar: properties that are named, and others by what their names must be. */

import { inWords } from '../../../../protocol/values.ts'
import { type Gbnf, literal } from './gbnf.ts'
import type { Scalars } from './scalars.ts'
import { countIn, listIn, recordOf, type Schema } from './schemas.ts'

/** Writes the values of properties; undefined where there is none. */
type ValueWriter = (schema: unknown, place: string) => string | undefined

export class Objects {
  readonly #gbnf: Gbnf
  readonly #scalars: Scalars
  /** Whether nothing was left out that a value must be checked for. */
  isExact = true

  constructor(gbnf: Gbnf, scalars: Scalars) {
    this.#gbnf = gbnf
    this.#scalars = scalars
  }

  /** Undefined where no object keeps to the schema. */
  object(schema: Schema, place: string, value: ValueWriter): string | undefined {
    const properties = recordOf(schema.properties)
    const required = new Set(requiredIn(schema, place))
    const unnamed = this.#unnamed(schema, place, value)
    const names = [...new Set([...Object.keys(properties), ...required])]
    const members: { pair: string; isRequired: boolean }[] = []
    for (const name of names) {
      const own = Object.hasOwn(properties, name) ? properties[name] : (schema.additionalProperties ?? true)
      const written = value(own, `${place}/${name.slice(0, 60)}`)
      if (written !== undefined)
        members.push({
          pair: `${literal(JSON.stringify(name))} colon ${written}`,
          isRequired: required.has(name),
        })
      else if (required.has(name)) return undefined
    }
    const least = countIn(schema, 'minProperties', place) ?? 0
    const most = countIn(schema, 'maxProperties', place) ?? Number.POSITIVE_INFINITY
    if (names.length === 0) return this.#map(unnamed ?? [], least, most)
    if (most < required.size) return undefined
    if (least > required.size || most < members.length) this.isExact = false
    return this.#members(members, unnamed ?? [], Math.max(0, most - members.length))
  }

  /** Ways to write a property without a name of its own; undefined where the schema does not speak of any. */
  #unnamed(schema: Schema, place: string, value: ValueWriter): string[] | undefined {
    const { properties, additionalProperties, patternProperties, propertyNames } = schema
    const patterns = Object.entries(recordOf(patternProperties))
    const isAnything = properties === undefined && patterns.length === 0
    const other = additionalProperties ?? (isAnything && schema.required === undefined ? true : undefined)
    if (patterns.length === 0 && (other === undefined || (other === true && !isAnything))) return undefined
    const names = [...Object.keys(recordOf(properties)), ...requiredIn(schema, place)]
    // One that fits two patterns would have to fit two schemas.
    const before: string[] = []
    const pairs: string[] = []
    const pair = (pattern: string | undefined, of: unknown, at: string) => {
      const written = value(of, at)
      const key =
        written === undefined
          ? undefined
          : this.#scalars.key(pattern, { names, before, propertyNames }, place)
      if (key !== undefined) pairs.push(`${key} colon ${written}`)
    }
    for (const [pattern, of] of patterns) {
      pair(pattern, of, `${place}/patternProperties`)
      before.push(pattern)
    }
    if (other !== undefined && other !== false) pair(undefined, other, `${place}/additionalProperties`)
    return pairs
  }

  /** Two with the same name are one, so that their number is checked. */
  #map(pairs: readonly string[], least: number, most: number): string | undefined {
    if (least > 1) this.isExact = false
    const pair = this.#gbnf.either(pairs)
    if (pair === undefined || most === 0)
      return least > 0 ? undefined : this.#gbnf.add('object', '"{" ws "}"')
    const some = `${pair} ${most === 1 ? '' : this.#gbnf.repeat(`comma ${pair}`, Math.max(0, least - 1), most - 1)}`
    return this.#gbnf.add('object', `"{" ws ${least > 0 ? some : `(${some})?`} ws "}"`)
  }

  /** In their order; those that need not be may be left out, and so many others follow at most. A rule for each place, before which something stands or not. */
  #members(
    members: readonly { pair: string; isRequired: boolean }[],
    pairs: readonly string[],
    mostUnnamed: number,
  ): string {
    const end = ' ws "}"'
    const unnamed = mostUnnamed === 0 ? undefined : this.#gbnf.either(pairs)
    const more = (most: number) => (most === 0 ? '' : this.#gbnf.repeat(`comma ${unnamed}`, 0, most))
    let after = this.#gbnf.add('object', unnamed === undefined ? end : `${more(mostUnnamed)}${end}`)
    let before =
      unnamed === undefined ? after : this.#gbnf.add('object', `(${unnamed} ${more(mostUnnamed - 1)})?${end}`)
    for (const { pair, isRequired } of members.toReversed()) {
      const [then, skipped, none] = [after, isRequired ? '' : ` | ${after}`, isRequired ? '' : ` | ${before}`]
      before = this.#gbnf.add('object', `${pair} ${then}${none}`)
      after = this.#gbnf.add('object', `comma ${pair} ${then}${skipped}`)
    }
    return this.#gbnf.add('object', `"{" ws ${before}`)
  }
}

const requiredIn = (schema: Schema, place: string): string[] => listIn(schema, 'required', place).map(inWords)
