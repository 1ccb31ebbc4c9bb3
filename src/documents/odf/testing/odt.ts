/** Texts of OpenDocument made by hand: what other programs don't write. */
import { zipSync } from 'fflate'

const NAMES = Object.entries({
  office: 'office',
  meta: 'meta',
  table: 'table',
  text: 'text',
  style: 'style',
  draw: 'drawing',
  fo: 'xsl-fo-compatible',
})
  .map(([name, space]) => `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${space}:1.0"`)
  .join(' ')

/** `styles` are automatic ones, and `meta` is what the document says of itself. */
export function odtOf(
  body: string,
  { styles = '', meta = '', attributes = '' }: { styles?: string; meta?: string; attributes?: string } = {},
): Buffer {
  const files = {
    mimetype: 'application/vnd.oasis.opendocument.text',
    'content.xml': `<office:document-content ${NAMES}><office:automatic-styles>${styles}</office:automatic-styles><office:body><office:text ${attributes}>${body}</office:text></office:body></office:document-content>`,
    'meta.xml': `<office:document-meta ${NAMES}><office:meta>${meta}</office:meta></office:document-meta>`,
  }
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, xml]) => [name, Buffer.from(xml)]))),
  )
}
