/** Schemas of a Word document's paragraphs. */
import * as Type from '../../../protocol/schema.ts'

/** Where a paragraph stands that is not in the main text. */
export const PART_KINDS = ['header', 'footer', 'footnote', 'endnote', 'comment'] as const
export type PartKind = (typeof PART_KINDS)[number]

export interface Paragraph {
  /** Counted from 0 through the whole text, tables included, and on through all other parts. */
  index: number
  text: string
  /** Not there in the main text. */
  part?: PartKind
}

/** Which of a document's paragraphs are read. */
export interface PageWanted {
  readonly offset: number
  readonly limit: number
  /** How long they may be together, as JSON within JSON, in bytes. */
  readonly maxBytes: number
}

export interface ParagraphPage {
  readonly paragraphs: Paragraph[]
  /** How many the document has. */
  readonly total: number
  /** Where the next page begins, if there is one. */
  readonly nextOffset: number | undefined
}

export const Paragraphs = Type.Array(
  Type.Object({
    index: Type.Integer({ description: 'Counted from 0.' }),
    text: Type.String(),
    part: Type.Optional(Type.Enum([...PART_KINDS], { description: 'Where it is, if not in the main text.' })),
  }),
)

export const Changes = Type.Array(
  Type.Object(
    { index: Type.Integer({ minimum: 0 }), new_text: Type.String() },
    { additionalProperties: false },
  ),
  { minItems: 1, maxItems: 10_000 },
)

/** A new text for a paragraph. */
export interface Change {
  index: number
  new_text: string
}
