/** The kinds of schema that definitions use. TypeBox's `Type` would load all there are, at each start of a server. */
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
