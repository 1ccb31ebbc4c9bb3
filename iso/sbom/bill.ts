/** A bill of materials in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/), the same for the same contents. */
import { createHash } from 'node:crypto'
import type { NpmPackage } from './npm.ts'
import { purlOf, type SystemPackage } from './packages.ts'

export interface Contents {
  product: { name: string; version: string; description: string; licence: string }
  node: { version: string; sha256: string }
  npm: readonly NpmPackage[]
  system: readonly SystemPackage[]
  /** Programs of our own: where they are in the image, and what they are. */
  programs: readonly { path: string; sha256: string }[]
  /** The time of the sources, in seconds since 1970. */
  sourceDateEpoch: number
}

interface Component {
  type: 'application' | 'file' | 'library' | 'operating-system' | 'platform'
  'bom-ref': string
  name: string
  version?: string
  [field: string]: unknown
}

/** The bill as JSON. */
export function billOf(contents: Contents): string {
  const { product, node } = contents
  const own = purlOf('generic', product.name, product.version)
  const components = [
    ...contents.npm.map(npmComponent),
    ...contents.system.map(systemComponent),
    ...contents.programs.map(
      ({ path, sha256 }): Component => ({
        type: 'file',
        'bom-ref': `file:${path}`,
        name: path,
        hashes: [{ alg: 'SHA-256', content: sha256 }],
        licenses: licensesOf([product.licence]),
      }),
    ),
    {
      type: 'platform',
      'bom-ref': purlOf('generic', 'node', node.version),
      name: 'node',
      version: node.version,
      description: 'The runtime of all programs',
      purl: purlOf('generic', 'node', node.version),
      cpe: `cpe:2.3:a:nodejs:node.js:${node.version}:*:*:*:*:*:*:*`,
      hashes: [{ alg: 'SHA-256', content: node.sha256 }],
    } satisfies Component,
  ]
  // A package may come by two ways, such as in the system and in the ramdisk.
  const byReference = new Map(components.map((component) => [component['bom-ref'], component]))
  const references = [...byReference.keys()].sort()
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(contents.sourceDateEpoch * 1000).toISOString(),
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'operating-system',
        'bom-ref': own,
        name: product.name,
        version: product.version,
        description: product.description,
        licenses: licensesOf([product.licence]),
        purl: own,
      } satisfies Component,
    },
    components: references.map((reference) => byReference.get(reference)),
    dependencies: [{ ref: own, dependsOn: references }],
  }
  const { $schema, bomFormat, specVersion, ...rest } = bill
  return `${JSON.stringify({ $schema, bomFormat, specVersion, serialNumber: serialOf(bill), ...rest }, null, 2)}\n`
}

function npmComponent({ name, version, licence, sha512 }: NpmPackage): Component {
  const [scope, plain] = name.startsWith('@') ? (name.split('/') as [string, string]) : [undefined, name]
  const purl = purlOf('npm', name, version)
  return {
    type: 'library',
    'bom-ref': purl,
    ...(scope === undefined ? {} : { group: scope }),
    name: plain,
    version,
    ...(licence === undefined ? {} : { licenses: licensesOf([licence]) }),
    purl,
    // Of the archive that npm gives for it.
    ...(sha512 === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
  }
}

function systemComponent({ name, version, licences, purl }: SystemPackage): Component {
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    ...(licences.length === 0 ? {} : { licenses: licensesOf(licences) }),
    purl,
  }
}

/** One licence of SPDX's list or one expression of them; what is neither is given by name. */
function licensesOf(licences: readonly string[]): unknown[] {
  const isExpression = (text: string) =>
    /^\(?[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+()-]+)*\)?$/.test(text)
  const [only] = licences
  if (licences.length === 1 && only !== undefined && isExpression(only)) return [{ expression: only }]
  return licences.map((name) => ({ license: { name } }))
}

/** A UUID of the eighth version (RFC 9562), made of the contents. */
function serialOf(bill: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(bill)).digest()
  hash[6] = ((hash[6] as number) & 0x0f) | 0x80
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80
  const hex = hash.toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)]
  return `urn:uuid:${parts.join('-')}`
}
