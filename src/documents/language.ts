/** The language of a tag such as `en-GB`, as ISO 639-1; undefined where it is none of those. */
export function languageCode(tag: string): string | undefined {
  try {
    const { language } = new Intl.Locale(tag.trim().replaceAll('_', '-'))
    return language.length === 2 ? language : undefined
  } catch {
    return undefined
  }
}
