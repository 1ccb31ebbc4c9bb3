/**
 * Finds where a value becomes text or a number whose type is not known to be a word: `String()`, `Number()`, templates,
 * `join`, unary plus. What comes from outside has the type `unknown` until it was looked at, so that this is where a type meets
 * a meaning too early. The compiler is asked: each such place is wrapped in a function that takes words alone, in a copy.
 */
import { execFile } from 'node:child_process'
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { type Node, parse } from 'acorn'
import { ROOT } from './appliance.ts'

/** A value that is a word already. `any` and `unknown` are none. */
const DECLARATIONS = `
type CoercionWord = string | number | bigint | boolean | null | undefined
type CoercionOf<T> = T & (0 extends 1 & T ? never : CoercionWord)
declare function coercionText<T>(value: CoercionOf<T>): string
declare function coercionNumber<T>(value: CoercionOf<T>): number
type CoercionItems<T> = 0 extends 1 & T ? never : [T] extends [CoercionWord] ? unknown : never
declare function coercionItems<T>(
  value: (readonly T[] & CoercionItems<T>) | null | undefined,
): { join(separator?: string): string }
`

export interface Coercion {
  /** `src/…/file.ts: the line`. */
  place: string
  message: string
}

/** An edit of a text: what is put in at an offset, in place of so many characters. */
interface Edit {
  at: number
  instead?: number
  text: string
}

// biome-ignore lint/suspicious/noExplicitAny: a tree of many shapes, of which few are looked at
type Tree = any

export async function findCoercions(): Promise<Coercion[]> {
  const copy = mkdtempSync(join(ROOT, 'dist', 'coercions-'))
  try {
    const files = globSync('src/**/*.{ts,json}', { cwd: ROOT })
    for (const file of files) {
      const text = readFileSync(join(ROOT, file), 'utf8')
      mkdirSync(dirname(join(copy, file)), { recursive: true })
      writeFileSync(join(copy, file), isLookedAt(file) ? wrapped(text) : text)
    }
    writeFileSync(join(copy, 'src/coercions.d.ts'), DECLARATIONS)
    for (const name of ['package.json', 'tsconfig.json']) cpSync(join(ROOT, name), join(copy, name))
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    return await complaints(copy, new Set(files.filter(isLookedAt)))
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

const isLookedAt = (file: string) =>
  !/\.test\.ts$|\.d\.ts$|\/(?:testing|fixtures|generated)\//.test(file) && file.endsWith('.ts')

function wrapped(text: string): string {
  // Types become blanks, so that what is found stands at the same place in both texts.
  const tree = parse(stripTypeScriptTypes(text), { ecmaVersion: 'latest', sourceType: 'module' })
  const edits: Edit[] = []
  visit(tree, undefined, edits)
  // From the end on, and where several begin at one place, the innermost first.
  edits.reverse().sort((one, other) => other.at - one.at)
  return edits.reduce(
    (whole, { at, instead = 0, text }) => whole.slice(0, at) + text + whole.slice(at + instead),
    text,
  )
}

function visit(node: Tree, parent: Tree, edits: Edit[]): void {
  const around = (name: string, { start, end }: Node) =>
    edits.push({ at: start, text: `${name}(` }, { at: end, text: ')' })
  if (node.type === 'TemplateLiteral' && parent?.type !== 'TaggedTemplateExpression')
    for (const part of node.expressions) around('coercionText', part)
  if (node.type === 'UnaryExpression' && node.operator === '+') around('coercionNumber', node.argument)
  if (node.type === 'Identifier' && !isMember(node, parent)) {
    if (node.name === 'String') edits.push({ at: node.start, instead: 6, text: 'coercionText' })
    if (node.name === 'Number') edits.push({ at: node.start, instead: 6, text: 'coercionNumber' })
  }
  if (
    node.type === 'CallExpression' &&
    node.callee.type === 'MemberExpression' &&
    node.callee.property.name === 'join'
  )
    around('coercionItems', node.callee.object)
  for (const key of Object.keys(node)) {
    const inner = node[key]
    for (const one of Array.isArray(inner) ? inner : [inner])
      if (typeof one?.type === 'string') visit(one, node, edits)
  }
}

/** `Number.isInteger`, `Type.String`, `{ String: … }`: names of something else. */
const isMember = (node: Tree, parent: Tree): boolean =>
  /^(?:MemberExpression|ImportSpecifier|ExportSpecifier)$/.test(parent?.type) ||
  (parent?.type === 'Property' && parent.key === node)

async function complaints(folder: string, files: ReadonlySet<string>): Promise<Coercion[]> {
  const output = await new Promise<string>((resolve) =>
    execFile(
      join(ROOT, 'node_modules/.bin/tsc'),
      ['--noEmit', '--pretty', 'false', '-p', folder],
      { cwd: folder, maxBuffer: 16 * 1024 * 1024 },
      (_, stdout) => resolve(stdout),
    ),
  )
  return output.split('\n').flatMap((line) => {
    const [, file = '', row = '', message = ''] = /^(\S+?)\((\d+),\d+\): error TS\d+: (.*)$/.exec(line) ?? []
    if (!files.has(file)) return []
    const code = readFileSync(join(ROOT, file), 'utf8').split('\n')[Number(row) - 1] ?? ''
    return [{ place: `${file}: ${code.trim()}`, message }]
  })
}
