import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { tokenizer, tokTypes } from 'acorn'

const ROOT = join(import.meta.dirname, '..')
const PRONOUN = /\b(?:he|him|his|himself|she|her|hers|herself)\b/i
const found = (path: string, text: string) =>
  text.split('\n').flatMap((line) => (PRONOUN.test(line) ? [`${path}: ${line.trim()}`] : []))

/** The texts of a program, which people may read: what stands in quotes, without names and comments. */
function textsOf(path: string): string[] {
  const code = stripTypeScriptTypes(readFileSync(join(ROOT, path), 'utf8'))
  return [...tokenizer(code, { ecmaVersion: 'latest', sourceType: 'module' })]
    .filter(({ type }) => type === tokTypes.string || type === tokTypes.template)
    .map((token) => String((token as { value?: unknown }).value))
}

test('a user is "they" in the documentation, in units and in the default configuration', () => {
  const files = globSync(
    ['*.md', 'docs/**/*.md', 'systemd/**/*.{service,socket,slice,conf}', 'rootfs-overlay/**/*.{yaml,conf}'],
    { cwd: ROOT },
  )
  assert.deepEqual(
    files.flatMap((path) => found(path, readFileSync(join(ROOT, path), 'utf8'))),
    [],
  )
})

/** The comments of a program. */
function commentsOf(path: string): string[] {
  const comments: string[] = []
  const code = stripTypeScriptTypes(readFileSync(join(ROOT, path), 'utf8'))
  const onComment = (_: boolean, text: string) => void comments.push(text)
  for (const _ of tokenizer(code, { ecmaVersion: 'latest', sourceType: 'module', onComment }));
  return comments
}

test('a user is "they" in every comment', () => {
  const files = globSync('{src,test,nspawn-test,qemu-test,scripts,iso}/**/*.ts', {
    cwd: ROOT,
    exclude: ['**/node_modules/**', '**/generated/**'],
  })
  assert.deepEqual(
    files.flatMap((path) => commentsOf(path).flatMap((text) => found(path, text))),
    [],
  )
})

test('a user is "they" in every message', () => {
  const files = globSync('src/**/*.ts', { cwd: ROOT, exclude: ['**/*.test.ts', '**/fixtures/**'] })
  assert.deepEqual(
    files.flatMap((path) => textsOf(path).flatMap((text) => found(path, text))),
    [],
  )
})
