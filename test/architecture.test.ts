/** The shape of the project, as a table and what follows from it. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { GIVEN_TO_ALL, IMPORT_RULES, type ImportRule, OTHER_FOLDERS, ruleOf } from './import-rules.ts'
import { ROOT } from './support/appliance.ts'
import { circlesIn, readImports } from './support/imports.ts'
import { spreadLiterals } from './support/spreads.ts'

const MAX_LINES = 500
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const files = globSync('src/**/*.ts', { cwd: ROOT }).filter((file) => !file.includes('/generated/'))
const isForTests = (file: string) => file.endsWith('.test.ts') || /\/(testing|fixtures)\//.test(file)
/** What runs in the product, with what each file imports, types included. */
const imports = readImports(files.filter((file) => !isForTests(file)))

/** The folder of a rule that a file is in: each server is one, and else the longest that fits. */
function folderOf(path: string): string {
  const inside = relative('src', path)
  const [server] = /^servers\/[^/]+(?=\/)/.exec(inside) ?? []
  if (server !== undefined) return server
  const folders = Object.keys(IMPORT_RULES).filter((folder) => inside.startsWith(`${folder}/`))
  return folders.sort((x, y) => y.length - x.length)[0] ?? ''
}

const targetOf = (file: string, specifier: string): string =>
  relative(ROOT, resolve(ROOT, dirname(file), specifier))

/** Whether a file imports no more of a package than types, on a line of their own. */
const isTypeAlone = (file: string, specifier: string): boolean =>
  read(file)
    .split('\n')
    .filter((line) => line.includes(`'${specifier}'`))
    .every((line) => line.startsWith('import type '))

test('every file of src is in a folder of the table', () => {
  for (const file of files) assert.notEqual(folderOf(file), '', `${file} is in no folder`)
})

test('no folder imports what the table does not let it', () => {
  const wrong: string[] = []
  for (const [file, specifiers] of imports) {
    const folder = folderOf(file)
    const { mayImport, packages, types = [], reason } = ruleOf(folder) as ImportRule
    for (const specifier of specifiers) {
      if (specifier.startsWith('node:')) continue
      if (specifier.startsWith('.')) {
        const target = targetOf(file, specifier)
        if (target === 'package.json') continue
        const other = folderOf(target)
        if (other !== folder && !mayImport.includes(other))
          wrong.push(`${file} imports ${other || target}: ${folder} may not, since ${reason}`)
      } else {
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/')
        if (packages.includes(name)) continue
        if (!types.includes(name))
          wrong.push(`${file} imports the package ${name}: ${folder} may not, since ${reason}`)
        else if (!isTypeAlone(file, specifier))
          wrong.push(
            `${file} imports ${name} with more than "import type", and ${folder} may have its types alone`,
          )
      }
    }
  }
  assert.deepEqual(wrong, [])
})

test('calls of the system’s libraries are declared in host alone', () => {
  const callers = [...imports].filter(([, specifiers]) =>
    specifiers.some((one) => one.endsWith('/system-library.ts')),
  )
  assert.ok(callers.length > 0)
  for (const [file] of callers) assert.equal(folderOf(file), 'host', file)
})

test('the table lets no folder import what it does not', () => {
  const used = new Set<string>()
  for (const [file, specifiers] of imports)
    for (const specifier of specifiers)
      if (specifier.startsWith('.')) used.add(`${folderOf(file)} → ${folderOf(targetOf(file, specifier))}`)
  const unused = Object.entries(IMPORT_RULES)
    .filter(([folder]) => [...imports.keys()].some((file) => folderOf(file) === folder))
    .flatMap(([folder, { mayImport }]) => mayImport.map((other) => `${folder} → ${other}`))
    .filter((arrow) => !used.has(arrow) && !GIVEN_TO_ALL.some((base) => arrow.endsWith(` → ${base}`)))
  assert.deepEqual(unused, [])
})

test('no arrow of the table leads back', () => {
  assert.deepEqual(
    circlesIn(new Map(Object.entries(IMPORT_RULES).map(([folder, { mayImport }]) => [folder, mayImport]))),
    [],
  )
})

test('no file imports one that imports it, not even by way of others', () => {
  const arrows = [...imports].map(
    ([file, specifiers]) =>
      [file, specifiers.filter((one) => one.startsWith('.')).map((one) => targetOf(file, one))] as const,
  )
  assert.deepEqual(circlesIn(new Map(arrows)), [])
})

test('each folder says in one line what it is for', () => {
  for (const [folder, { purpose }] of Object.entries(IMPORT_RULES))
    assert.equal(read(`src/${folder}/README.md`), `${purpose}\n`)
  for (const [folder, purpose] of Object.entries(OTHER_FOLDERS))
    assert.equal(read(`${folder}/README.md`), `${purpose}\n`)
  // A folder that a server has left may still hold what was generated there.
  for (const server of globSync('src/servers/*/main.ts', { cwd: ROOT }).map((file) => dirname(file)))
    assert.match(read(join(server, 'README.md')), /^[^\n]+\.\n$/, server)
})

test('no file has grown past its subject', () => {
  for (const file of globSync('{src,scripts,test}/**/*.ts', { cwd: ROOT, exclude: ['**/node_modules'] })) {
    if (file.includes('/generated/') || file.endsWith('.test.ts')) continue
    const lines = read(file).split('\n').length
    assert.ok(lines <= MAX_LINES, `${file} has ${lines} lines`)
  }
})

test('no literal is spread into an object or a call to save lines', () => {
  const folders = '{src,scripts,test,docs,iso,nspawn-test,qemu-test,archiso-profile}'
  const ours = globSync(`${folders}/**/*.ts`, {
    cwd: ROOT,
    exclude: ['**/generated', '**/node_modules'],
  })
  assert.deepEqual(spreadLiterals(ours), [], 'write the fields or arguments themselves')
})

test('the gateway’s main.ts wires and nothing else: it decides nothing, and has no function or variable of its own', () => {
  const lines = read('src/gateway/main.ts').split('\n')
  const own = lines.filter((line) =>
    /^(?:export |async )*(?:function|class|let|var|if|switch|while|try)\b/.test(line),
  )
  assert.deepEqual(own, [])
  assert.ok(lines.length < 300)
})

test('no test is skipped or singled out', () => {
  for (const file of globSync('{src,scripts,test,docs}/**/*.test.ts', {
    cwd: ROOT,
    exclude: ['**/node_modules'],
  }))
    assert.doesNotMatch(read(file), /\b(?:test|it|describe)\.(?:only|todo)\(/, file)
})

test('versions of dependencies are exact', () => {
  const manifest = JSON.parse(read('package.json'))
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'])
    for (const [name, version] of Object.entries(manifest[kind] as Record<string, string>))
      assert.match(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/, `${name} is ${version}`)
})

test('every server has its unit files, as templates where each user has one of their own', async () => {
  for (const folder of globSync('src/servers/*/server.ts', { cwd: ROOT }).map((file) => dirname(file))) {
    const { server } = (await import(join(ROOT, folder, 'server.ts'))) as {
      server: { scope: string; settings?: object }
    }
    const name = `mcp-${relative('src/servers', folder)}${server.scope === 'user' ? '@' : ''}`
    for (const unit of [`${name}.socket`, `${name}.service`, `${name}.service.d/50-grants.conf`])
      assert.ok(existsSync(join(ROOT, 'systemd', unit)), `systemd/${unit} is missing`)
    // Without it, the sandbox does not show what is set.
    if (server.settings)
      assert.match(read(`systemd/${name}.service`), /^ConfigurationDirectory=llmbasedos$/m, name)
  }
})

test('what a server keeps for a user lies where removing that user finds it', () => {
  for (const file of globSync('{systemd,test/*/units}/mcp-*@.service', { cwd: ROOT })) {
    const server = /mcp-(.*)@\.service$/.exec(file)?.[1]
    for (const [, kind, folder] of read(file).matchAll(/^(State|Cache)Directory=(.*)$/gm))
      assert.equal(folder, `llmbasedos/${server}/%i`, `${kind}Directory= of ${file}`)
  }
})

test('whatever of ours can destroy something says which arguments tell what is at stake', async () => {
  interface Destructive {
    name?: string
    verb?: string
    stake?: readonly string[]
    input: { properties?: object }
  }
  interface Definition {
    tools: (Destructive & { annotations: { readOnlyHint: boolean; destructiveHint: boolean } })[]
    v1?: (Destructive & { destructive: boolean })[]
  }
  for (const file of globSync('src/servers/*/server.ts', { cwd: ROOT })) {
    const { server } = (await import(join(ROOT, file))) as { server: Definition }
    const asked: Destructive[] = [
      ...server.tools.filter(
        ({ annotations: { readOnlyHint, destructiveHint } }) => !readOnlyHint && destructiveHint,
      ),
      ...(server.v1 ?? []).filter(({ destructive }) => destructive),
    ]
    for (const { name, verb, stake = [], input } of asked) {
      assert.notDeepEqual(stake, [], `${file} ${name ?? verb}`)
      for (const argument of stake)
        assert.ok(Object.hasOwn(input.properties ?? {}, argument), `${file} ${name ?? verb}: ${argument}`)
    }
  }
})
