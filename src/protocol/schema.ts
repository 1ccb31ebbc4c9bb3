/** The kinds of schema that definitions use. TypeBox's `Type` would load all there are, at each start of a server. */
import { type Static, type TSchema, type TUnsafe, Unsafe } from 'typebox'

export type { Static, TObject } from 'typebox'
export {
  Array,
  Boolean,
  Enum,
  Integer,
  Literal,
  Null,
  Number,
  Object,
  Optional,
  Record,
  String,
  Union,
  Unknown,
} from 'typebox'

/**
 * What there may be several of, by names of which each fits the pattern. TypeBox's own `Record` does the same, and loads eight
 * times as much as all the kinds above.
 */
export const ByName = <S extends TSchema>(
  values: S,
  { pattern = '^.*$', ...options }: Readonly<Record<string, unknown>> & { pattern?: string } = {},
): TUnsafe<Record<string, Static<S>>> =>
  Unsafe({ type: 'object', patternProperties: { [pattern]: values }, ...options })
