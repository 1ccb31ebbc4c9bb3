/** PGP within a text: what is encrypted is named, and of what is signed the text is kept. Source: RFC 9580, sections 6 and 7. */

export type Pgp = 'encrypted' | 'signed' | undefined

const ENCRYPTED = { begin: '-----BEGIN PGP MESSAGE-----', end: '-----END PGP MESSAGE-----' }
const SIGNED = '-----BEGIN PGP SIGNED MESSAGE-----'
const SIGNATURE = { begin: '-----BEGIN PGP SIGNATURE-----', end: '-----END PGP SIGNATURE-----' }

export function withoutPgp(text: string): { text: string; pgp: Pgp } {
  if (text.includes(ENCRYPTED.begin)) return { text: without(text, ENCRYPTED), pgp: 'encrypted' }
  const at = text.indexOf(SIGNED)
  if (at === -1) return { text, pgp: undefined }
  const header = text.indexOf('\n\n', at)
  const signed = text.slice(header === -1 ? at + SIGNED.length : header + 2).replace(/^- /gm, '')
  return { text: text.slice(0, at) + without(signed, SIGNATURE), pgp: 'signed' }
}

function without(text: string, { begin, end }: { begin: string; end: string }): string {
  let kept = ''
  let from = 0
  for (let at = text.indexOf(begin); at !== -1; at = text.indexOf(begin, from)) {
    kept += text.slice(from, at)
    const last = text.indexOf(end, at)
    if (last === -1) return kept
    from = last + end.length
  }
  return kept + text.slice(from)
}
