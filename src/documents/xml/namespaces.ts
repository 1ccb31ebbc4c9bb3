/**
 * The short names of namespaces, under which elements are known here whatever prefix a file gives them. Sources: ECMA-376 (transitional
 * and strict), OpenDocument 1.3, EPUB 3.3.
 */
const SCHEMAS = 'http://schemas.openxmlformats.org'
const STRICT = 'http://purl.oclc.org/ooxml'
const OPEN_DOCUMENT = 'urn:oasis:names:tc:opendocument:xmlns'

export const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  [`${SCHEMAS}/spreadsheetml/2006/main`, 'x'],
  [`${STRICT}/spreadsheetml/main`, 'x'],
  [`${SCHEMAS}/wordprocessingml/2006/main`, 'w'],
  [`${STRICT}/wordprocessingml/main`, 'w'],
  [`${SCHEMAS}/presentationml/2006/main`, 'p'],
  [`${STRICT}/presentationml/main`, 'p'],
  [`${SCHEMAS}/drawingml/2006/main`, 'a'],
  [`${STRICT}/drawingml/main`, 'a'],
  [`${SCHEMAS}/drawingml/2006/wordprocessingDrawing`, 'wp'],
  [`${STRICT}/drawingml/wordprocessingDrawing`, 'wp'],
  [`${SCHEMAS}/drawingml/2006/chart`, 'c'],
  [`${STRICT}/drawingml/chart`, 'c'],
  [`${SCHEMAS}/officeDocument/2006/math`, 'm'],
  [`${STRICT}/officeDocument/math`, 'm'],
  [`${SCHEMAS}/officeDocument/2006/relationships`, 'r'],
  [`${STRICT}/officeDocument/relationships`, 'r'],
  [`${SCHEMAS}/officeDocument/2006/extended-properties`, 'ap'],
  [`${STRICT}/officeDocument/extendedProperties`, 'ap'],
  [`${SCHEMAS}/markup-compatibility/2006`, 'mc'],
  [`${SCHEMAS}/package/2006/relationships`, 'rel'],
  [`${SCHEMAS}/package/2006/content-types`, 'ct'],
  [`${SCHEMAS}/package/2006/metadata/core-properties`, 'cp'],
  ...['office', 'meta', 'table', 'text', 'style', 'presentation', 'manifest', 'config'].map(
    (name): [string, string] => [`${OPEN_DOCUMENT}:${name}:1.0`, name],
  ),
  [`${OPEN_DOCUMENT}:drawing:1.0`, 'draw'],
  [`${OPEN_DOCUMENT}:datastyle:1.0`, 'number'],
  [`${OPEN_DOCUMENT}:xsl-fo-compatible:1.0`, 'fo'],
  [`${OPEN_DOCUMENT}:svg-compatible:1.0`, 'svg'],
  ['http://purl.org/dc/elements/1.1/', 'dc'],
  ['http://purl.org/dc/terms/', 'dcterms'],
  ['http://www.w3.org/1999/xlink', 'xlink'],
  ['http://www.w3.org/1999/xhtml', 'html'],
  ['http://www.w3.org/1998/Math/MathML', 'math'],
  ['http://www.w3.org/2000/svg', 'svg'],
  ['http://www.idpf.org/2007/opf', 'opf'],
  ['http://www.idpf.org/2007/ops', 'epub'],
  ['http://www.daisy.org/z3986/2005/ncx/', 'ncx'],
  ['urn:oasis:names:tc:opendocument:xmlns:container', 'container'],
  ['http://www.w3.org/XML/1998/namespace', 'xml'],
])
