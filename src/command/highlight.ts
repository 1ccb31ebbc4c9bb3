/** A little colour for files at a terminal: strings, numbers, comments and headings, by the ending of the name. */
import { styleText } from 'node:util'

const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/
const NUMBER = /\b\d+(?:\.\d+)?\b/
type Style = 'green' | 'cyan' | 'gray' | 'bold'

/** What is coloured in a kind of file: the first rule that fits wins. */
const RULES: readonly [endings: RegExp, rules: readonly [pattern: RegExp, style: Style][]][] = [
  [/\.(md|markdown|txt)$/i, [[/^#{1,6} .*$/m, 'bold']]],
  [
    /\.(ya?ml|toml|ini|conf|cfg|sh|py|rb|service|socket)$/i,
    [
      [/(?<=^|\s)#.*$/m, 'gray'],
      [STRING, 'green'],
      [NUMBER, 'cyan'],
    ],
  ],
  [
    /\.(json|[cm]?[jt]sx?|c|h|cpp|rs|go|java|css)$/i,
    [
      [/\/\/.*$|\/\*[\s\S]*?\*\//m, 'gray'],
      [STRING, 'green'],
      [NUMBER, 'cyan'],
    ],
  ],
]
/** Larger texts are shown plain, in characters. */
const MAX_LENGTH = 200_000

export function highlight(name: string, text: string): string {
  const rules = RULES.find(([endings]) => endings.test(name))?.[1]
  if (!rules || text.length > MAX_LENGTH) return text
  const all = new RegExp(rules.map(([pattern]) => `(${pattern.source})`).join('|'), 'gm')
  return text.replace(all, (match, ...groups) => {
    const style = rules[groups.findIndex((group) => group !== undefined)]?.[1]
    return style === undefined ? match : styleText(style, match, { validateStream: false })
  })
}
