/** What the two listings of a folder share. */

import * as Type from '../../../protocol/schema.ts'
import { DEFAULT_PAGE, MAX_PAGE } from '../limits.ts'

export const CursorParameter = Type.Optional(
  Type.String({ description: 'nextCursor of the page before; leave it out for the first page.' }),
)

export const LimitParameter = Type.Optional(
  Type.Integer({ minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE, description: 'Entries per page.' }),
)

export const ListOutput = Type.Object({
  content: Type.String(),
  nextCursor: Type.Optional(
    Type.String({ description: 'Set if there are more entries: pass it as cursor to get them.' }),
  ),
})

export const moreNote = (nextCursor: string): string =>
  `There are more entries. To get the next page, call again with cursor "${nextCursor}".`
