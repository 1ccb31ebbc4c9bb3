/** Makes a text in Markdown fit to be spoken. */

/** In characters: somebody listens to it. */
const MAX_LENGTH = 400
const SENTENCES = new Intl.Segmenter(undefined, { granularity: 'sentence' })

/** Its first sentence or two, without what only the eye reads. */
export function speakable(text: string): string {
  const plain = text
    .slice(0, 20_000)
    .replace(/^```[\s\S]*?(?:^```|$(?![\s\S]))/gm, ' ')
    .replace(/!?\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)/g, '$1')
    .replace(/\bhttps?:\/\/\S+/g, ' ')
    .replace(/^[ \t]{0,8}(?:#{1,6}|>|[-*+]|\d{1,3}[.)])[ \t]+/gm, '')
    .replace(/[*_`~|]+/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  const [first = '', second = ''] = Array.from(SENTENCES.segment(plain), ({ segment }) => segment)
  const both = `${first}${second}`.trim()
  const most = both.length <= MAX_LENGTH ? both : first.trim()
  return most.length <= MAX_LENGTH ? most : `${most.slice(0, MAX_LENGTH - 1).replace(/\s+\S*$/, '')}…`
}
