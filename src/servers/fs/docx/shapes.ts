/** Schemas of a Word document's paragraphs. */
import * as Type from '../../../protocol/schema.ts'

export const Paragraphs = Type.Array(
  Type.Object({ index: Type.Integer({ description: 'Counted from 0.' }), text: Type.String() }),
)

export const Changes = Type.Array(
  Type.Object(
    { index: Type.Integer({ minimum: 0 }), new_text: Type.String() },
    { additionalProperties: false },
  ),
  { minItems: 1, maxItems: 10_000 },
)
