import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readCode } from './code.ts'
import { told } from './testing/blocks.ts'

/** A definition with a comment above it, one within it where the language has that, and another one. */
const LANGUAGES: Readonly<Record<string, [code: string, headings: readonly string[]]>> = {
  TypeScript: [
    '/** Adds. */\nexport async function add(a: number): Promise<number> {\n  const b = 1\n\n  return a + b\n}\n\nexport class Sum {\n  private total(x: number): number {\n    return x\n  }\n}\n\nconst twice = (x: number) => x * 2\n',
    [
      'export async function add(a: number): Promise<number>',
      'export class Sum',
      'export class Sum › private total(x: number): number',
      'const twice = (x: number) => x * 2',
    ],
  ],
  Python: [
    '# Adds.\ndef add(a, b):\n    """Adds."""\n    return a + b\n\nclass Sum(Base):\n    async def total(self):\n        return 1\n',
    ['def add(a, b)', 'class Sum(Base)', 'class Sum(Base) › async def total(self)'],
  ],
  C: [
    '/* Adds. */\nstatic int add(int a, int b)\n{\n\treturn a + b;\n}\n\nstruct sum {\n\tint total;\n};\n\nint main(int argc, char **argv) {\n\treturn 0;\n}\n',
    ['static int add(int a, int b)', 'struct sum', 'int main(int argc, char **argv)'],
  ],
  'C++': [
    'namespace sums {\n\ntemplate <typename T>\nT Sum<T>::total(const T& x) const {\n  return x;\n}\n\n}\n',
    ['namespace sums', 'T Sum<T>::total(const T& x) const'],
  ],
  Java: [
    'public class Sum {\n    // Adds.\n    public static int add(int a) {\n        return a;\n    }\n}\n',
    ['public class Sum', 'public class Sum › public static int add(int a)'],
  ],
  'C#': [
    'public class Sum\n{\n    public int Add(int a)\n    {\n        return a;\n    }\n}\n',
    ['public class Sum', 'public class Sum › public int Add(int a)'],
  ],
  Go: [
    'package sums\n\n// Add adds.\nfunc (s *Sum) Add(a int) int {\n\treturn a\n}\n\ntype Sum struct {\n\tTotal int\n}\n',
    ['package sums', 'func (s *Sum) Add(a int) int', 'type Sum struct'],
  ],
  Rust: [
    'pub(crate) fn add(a: u8) -> u8 {\n    a\n}\n\nimpl Sum {\n    pub fn total(&self) -> u8 {\n        1\n    }\n}\n',
    ['pub(crate) fn add(a: u8) -> u8', 'impl Sum', 'impl Sum › pub fn total(&self) -> u8'],
  ],
  Ruby: [
    'module Sums\n  class Sum\n    def add(a)\n      a\n    end\n  end\nend\n',
    ['module Sums', 'module Sums › class Sum', 'module Sums › def add(a)'],
  ],
  PHP: [
    '<?php\n\nfunction add($a) {\n  return $a;\n}\n\nabstract class Sum {\n}\n',
    ['function add($a)', 'abstract class Sum'],
  ],
  Kotlin: [
    'data class Sum(val total: Int)\n\nsuspend fun add(a: Int): Int {\n    return a\n}\n',
    ['data class Sum(val total: Int)', 'suspend fun add(a: Int): Int'],
  ],
  Swift: [
    'public struct Sum {\n    func add(_ a: Int) -> Int {\n        a\n    }\n}\n',
    ['public struct Sum', 'public struct Sum › func add(_ a: Int) -> Int'],
  ],
  Shell: [
    '#!/bin/bash\n\n# Adds.\nadd() {\n  echo $1\n}\n\nfunction sum {\n  echo\n}\n',
    ['add()', 'function sum'],
  ],
  SQL: [
    'CREATE TABLE sums (\n  total int\n);\n\ncreate or replace view all_sums as select 1;\n',
    ['CREATE TABLE sums', 'create or replace view all_sums as select 1;'],
  ],
  Lua: [
    'local function add(a)\n  return a\nend\n\nfunction Sum.total()\nend\n',
    ['local function add(a)', 'function Sum.total()'],
  ],
  Elixir: [
    'defmodule Sums do\n  def add(a) do\n    a\n  end\nend\n',
    ['defmodule Sums do', 'defmodule Sums do › def add(a) do'],
  ],
  Perl: ['package Sums;\n\nsub add {\n  my $x = shift;\n}\n', ['package Sums;', 'sub add']],
  Protobuf: ['message Sum {\n  int32 total = 1;\n}\n\nservice Sums {\n}\n', ['message Sum', 'service Sums']],
}

describe('source code', () => {
  for (const [language, [code, headings]] of Object.entries(LANGUAGES))
    test(`is its definitions (${language})`, () => {
      const found = told(readCode(code)).map(([heading]) => heading)
      assert.deepEqual(
        [...new Set(found)].filter((heading) => heading !== ''),
        headings,
      )
    })

  test('has a comment with what it is about', () => {
    const code = 'import x\n\n// Counts sheep.\n// Slowly.\nfunction count() {\n  return 1\n}\n'
    assert.deepEqual(told(readCode(code)), [
      ['', 'import x'],
      ['function count()', '// Counts sheep.\n// Slowly.\nfunction count() {\n  return 1\n}'],
    ])
  })

  test('leaves a function where something else begins at the margin', () => {
    const code = 'def add(a):\n    return a\n\nprint(add(1))\n'
    assert.deepEqual(told(readCode(code)), [
      ['def add(a)', 'def add(a):\n    return a'],
      ['', 'print(add(1))'],
    ])
  })

  test('takes no statement for a definition', () => {
    for (const line of [
      'if (x) {',
      'for (const a of b) {',
      'while (true) {',
      '} else if (x) {',
      'return function (x) {',
      'call(x)',
      'typed = 1',
      'classes: x',
    ])
      assert.deepEqual(told(readCode(line)), [['', line]], line)
  })
})
