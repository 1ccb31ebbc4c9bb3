/** What package managers say is installed in a root. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SystemPackage {
  name: string
  version: string
  architecture: string
  /** As the package says it; Debian keeps licences elsewhere. */
  licences: readonly string[]
  /** Where it is from and what exactly it is, after https://github.com/package-url/purl-spec. */
  purl: string
}

/**
 * The packages of a root, by the database that its package manager keeps: dpkg's or pacman's. Throws where there is
 * neither. `distribution` is that of Debian's packages, such as "debian-13".
 */
export function packagesOf(root: string, distribution = distributionOf(root)): SystemPackage[] {
  const local = join(root, 'var/lib/pacman/local')
  if (existsSync(local))
    return readdirSync(local)
      .filter((name) => existsSync(join(local, name, 'desc')))
      .map((name) => parsePacmanEntry(readFileSync(join(local, name, 'desc'), 'utf8')))
  const databases = ['status', 'extracted'].map((name) => join(root, 'var/lib/dpkg', name)).filter(existsSync)
  if (databases.length === 0)
    throw new Error(`${root} has no database of packages; is it a root of Debian or Arch?`)
  return databases.flatMap((path) => parseDpkgStatus(readFileSync(path, 'utf8'), distribution))
}

/** Packages of dpkg's status file, or of control files with an empty line between them; those that were removed are left out. */
export function parseDpkgStatus(text: string, distribution: string | undefined): SystemPackage[] {
  return text
    .split(/\n{2,}/)
    .map(
      (stanza) =>
        new Map([...stanza.matchAll(/^([\w-]+): *(.*)$/gm)].map(([, key = '', value = '']) => [key, value])),
    )
    .filter((fields) => fields.has('Package') && / installed$|^$/.test(fields.get('Status') ?? ''))
    .map((fields) => {
      const [name, version, architecture] = ['Package', 'Version', 'Architecture'].map(
        (key) => fields.get(key) ?? '',
      ) as [string, string, string]
      const qualifiers = {
        arch: architecture,
        ...(distribution === undefined ? {} : { distro: distribution }),
      }
      return {
        name,
        version,
        architecture,
        licences: [],
        purl: purlOf('deb/debian', name, version, qualifiers),
      }
    })
}

/** One entry of pacman's local database. */
export function parsePacmanEntry(text: string): SystemPackage {
  const fields = new Map(
    text
      .split(/\n{2,}/)
      .map((block) => block.trim().split('\n'))
      .map(([key = '', ...values]) => [key, values]),
  )
  const [name = '', version = '', architecture = ''] = ['%NAME%', '%VERSION%', '%ARCH%'].map(
    (key) => fields.get(key)?.[0],
  )
  const licences = fields.get('%LICENSE%') ?? []
  return {
    name,
    version,
    architecture,
    licences,
    purl: purlOf('alpm/arch', name, version, { arch: architecture }),
  }
}

/** A package URL. Names keep their slashes, which part namespaces; versions their colons. */
export function purlOf(
  type: string,
  name: string,
  version: string,
  qualifiers: Record<string, string> = {},
): string {
  const encode = (text: string) => encodeURIComponent(text).replaceAll('%3A', ':')
  const path = name.split('/').map(encode).join('/')
  const query = Object.entries(qualifiers).map(([key, value]) => `${key}=${encode(value)}`)
  return `pkg:${type}/${path}@${encode(version)}${query.length > 0 ? `?${query.join('&')}` : ''}`
}

/** Which distribution a root is of, and its version; a tree into which packages were only unpacked may not say. */
export function distributionOf(root: string): string | undefined {
  const path = join(root, 'usr/lib/os-release')
  if (!existsSync(path)) return undefined
  const release = readFileSync(path, 'utf8')
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(release)?.[1]
  return `${field('ID')}-${field('VERSION_ID')}`
}
