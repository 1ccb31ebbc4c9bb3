/** Which name is meant by what was typed. */

/** The one of that name, else those that begin with what was typed, else those that have it in them. */
export function matching(names: readonly string[], typed: string): string[] {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[ _]/g, '_')
  const word = plain(typed)
  const by = (fits: (name: string) => boolean) => names.filter((name) => fits(plain(name)))
  for (const found of [
    by((name) => name === word || name.split('/').at(-1) === word),
    by((name) => name.startsWith(word)),
  ])
    if (found.length > 0) return found
  return by((name) => name.includes(word))
}
