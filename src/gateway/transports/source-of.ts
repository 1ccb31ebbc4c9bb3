/**
 * What the connections of one sender are counted by: an IPv4 address, or the first 64 bits of an IPv6 address, since who is
 * in such a network may take any address of it (RFC 4291, section 2.5.1).
 */
export function sourceOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [before = '', after] = (address.split('%', 1)[0] as string).split('::')
  const left = groups(before)
  if (after === undefined) return left.slice(0, 4).join(':')
  const right = groups(after)
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}

/** As numbers are written once only; an IPv4 address at the end stands for two groups. */
const groups = (text: string): string[] =>
  text === ''
    ? []
    : text
        .split(':')
        .flatMap((group) => (group.includes('.') ? ['v4', 'v4'] : [Number.parseInt(group, 16).toString(16)]))
