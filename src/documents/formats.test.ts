import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FORMATS, formatByContent, formatOf, whyNotRead } from './formats.ts'

describe('the format of a file', () => {
  for (const [name, format] of Object.entries({
    'notes.txt': 'text',
    'a/b.c/Notes.MD': 'markdown',
    'page.html': 'html',
    'main.rs': 'code',
    Makefile: 'code',
    Dockerfile: 'code',
    'CMakeLists.txt': 'code',
    'table.csv': 'csv',
    'package.json': 'json',
    'log.jsonl': 'json',
    'analysis.ipynb': 'notebook',
    'bill.eml': 'email',
    'letter.docx': 'docx',
    'bill.pdf': 'pdf',
    README: 'text',
    'README.md': 'markdown',
    notes: 'text',
    'my notes': 'unknown',
    'data.xyz': 'unknown',
    'v1.2': 'unknown',
    'trip 2.5': 'unknown',
  }))
    test(`is recognised by its name: ${name} is ${format}`, () => assert.equal(formatOf(name), format))

  test('is not read for films, programs and their like, and it is said why', () => {
    assert.equal(formatOf('Photo.JPG'), 'picture')
    assert.equal(formatOf('Photo.HEIC'), undefined)
    assert.equal(whyNotRead('a/Photo.HEIC'), 'Pictures of this kind (.heic) are not read.')
    assert.equal(whyNotRead('letter.pages'), 'Documents of this kind (.pages) are not read.')
    assert.equal(whyNotRead('app.min.js'), 'Programs and their data (.js) are not read.')
    assert.equal(whyNotRead('notes.md'), undefined)
    assert.equal(whyNotRead('data.xyz'), undefined)
  })

  test('is recognised by its content where the name says nothing', () => {
    for (const [content, format] of [
      ['#!/usr/bin/env python3\nprint(1)\n', 'code'],
      ['<?php\necho 1;', 'code'],
      ['\n<!DOCTYPE html>\n<html>', 'html'],
      ['<html lang="en">', 'html'],
      ['{"a": 1}', 'json'],
      ['BEGIN:VCALENDAR\r\nVERSION:2.0\r\n', 'calendar'],
      ['[\n  {"a": 1}]', 'json'],
      ['From: a@b\r\nDate: Mon, 1 Jan 2026 10:00:00 +0000\r\nSubject: x\r\n\r\nhello', 'email'],
      ['# Title\n\ntext\n\n## Part\n', 'markdown'],
      ['# a comment\nkey = value\n', 'text'],
      ['[section]\nkey = value\n', 'text'],
      ['{curly} words', 'text'],
      ['Dear all,\n\nDate: tomorrow\n', 'text'],
      ['', 'text'],
    ])
      assert.equal(formatByContent(content ?? ''), format, content)
  })

  test('is recognised by one row alone', () => {
    const all = Object.values<{ extensions: string; names?: string }>(FORMATS)
    for (const column of ['extensions', 'names'] as const) {
      const names = all.flatMap((row) => row[column]?.split(' ') ?? [])
      assert.deepEqual(
        names.filter((name, i) => names.indexOf(name) !== i),
        [],
        column,
      )
      if (column === 'extensions')
        for (const name of names) assert.equal(whyNotRead(`a.${name}`), undefined, name)
    }
  })
})
