/** URI templates (RFC 6570): `{name}` for one segment and `{+name}` for the rest of a path. */

/** Matches a URI against a template; the variables, decoded, or undefined. */
export function matchTemplate(template: string, uri: string): Record<string, string> | undefined {
  const names: string[] = []
  const pattern = template.split(/(\{\+?\w+\})/).map((part) => {
    const variable = /^\{(\+?)(\w+)\}$/.exec(part)
    if (!variable) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    names.push(variable[2] as string)
    return variable[1] ? '(.+)' : '([^/]+)'
  })
  const match = new RegExp(`^${pattern.join('')}$`).exec(uri)
  if (!match) return undefined
  try {
    return Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(match[i + 1] as string)]))
  } catch {
    return undefined
  }
}
