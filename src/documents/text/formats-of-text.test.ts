import { documentContract } from '../testing/document.contract.ts'

documentContract(
  (
    [
      ['notes.txt', 'text', 'one boat\n\ntwo ropes\n', 'two ropes'],
      [
        'notes.md',
        'markdown',
        '# Boat\n\n- rope\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n',
        'rope',
      ],
      [
        'page.html',
        'html',
        '<!doctype html><title>Boat</title><h1>Red</h1><p>hemp <ul><li>rope</ul><table><tr><td>1<td>2</table>',
        'hemp',
      ],
      ['sum.ts', 'code', '/** Adds. */\nexport function sum(a: number) {\n  return a\n}\n', 'Adds.'],
      ['list.csv', 'csv', 'name;town\nAda;"Lon;don"\n', 'Lon;don'],
      ['data.json', 'json', '{"boat": {"name": "Ada", "rope": "b\\u00fc"}}', 'bü'],
      [
        'work.ipynb',
        'notebook',
        '{"cells": [{"cell_type": "markdown", "source": "# Boat"}, {"cell_type": "code", "source": "1 + 1"}]}',
        '1 + 1',
      ],
      [
        'mail.eml',
        'email',
        'From: a@example.org\r\nDate: Sat, 28 Nov 2026 10:00:00 +0100\r\nSubject: Boat\r\n\r\nhemp rope\r\n',
        'hemp rope',
      ],
    ] as const
  ).map(([name, format, text, says]) => ({ name, format, says, bytes: Buffer.from(text) })),
)
