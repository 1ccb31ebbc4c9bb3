/** The kinds of schema that the tools use. TypeBox's `Type` would load all there are, at each start of the server. */
export { Array, Boolean, Enum, Integer, Literal, Object, Optional, String, Union } from 'typebox'
