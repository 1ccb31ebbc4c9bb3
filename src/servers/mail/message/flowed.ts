/** Paragraphs whose lines were broken for the way (RFC 3676, section 4). */

/** A quoted line that goes on does so in its own depth. */
const LINE = /^(>*) ?(.*)$/s

export function flowed(text: string, delSp: string | undefined): string {
  const isDeleted = delSp?.toLowerCase() === 'yes'
  const paragraphs: { depth: string; parts: string[] }[] = []
  let goesOn = false
  for (const line of text.split(/\r?\n/)) {
    const [, depth = '', content = ''] = LINE.exec(line) ?? []
    const last = paragraphs.at(-1)
    // The line before a signature never goes on.
    const isSignature = content === '-- '
    if (goesOn && last?.depth === depth && !isSignature) last.parts.push(content)
    else paragraphs.push({ depth, parts: [content] })
    goesOn = content.endsWith(' ') && !isSignature
    const now = paragraphs.at(-1)
    if (goesOn && isDeleted && now) now.parts.push((now.parts.pop() ?? '').slice(0, -1))
  }
  return paragraphs.map(({ depth, parts }) => (depth ? `${depth} ` : '') + parts.join('')).join('\n')
}
