import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { after, before, test } from 'node:test'
import { COMMANDS } from '../luca/commands/index.ts'
import { type FakeGateway, fakeGateway } from '../luca/fixtures/session.ts'
import { completeLine } from './completion.ts'
import { LineShell } from './shell.ts'

const FOLDERS: Readonly<Record<string, Record<string, 'directory' | 'file'>>> = {
  '/': { docs: 'directory', 'a.txt': 'file', 'a b.txt': 'file' },
  '/docs': { 'c.txt': 'file', 'line\nbreak': 'file' },
}

let gateway: FakeGateway
let shell: LineShell
before(async () => {
  gateway = await fakeGateway({
    'mcp.hello': () => ({ value: ['mcp.fs.list', 'mcp.fs.read', 'mcp.hello'] }),
    'mcp.listCapabilities': () => ({
      value: [
        {
          capabilities: [
            {
              method: 'mcp.fs.read',
              params_schema: {
                prefixItems: [
                  { title: 'path', type: 'string' },
                  { title: 'encoding', enum: ['text', 'base64'] },
                ],
                minItems: 1,
              },
            },
          ],
        },
      ],
    }),
    'tools/list': () => ({
      tools: [
        {
          name: 'time_convert_time',
          inputSchema: {
            properties: { zone: { type: 'string' }, exact: { type: 'boolean' } },
            required: ['zone'],
          },
        },
        { name: 'fs_get_file_info', inputSchema: { properties: { path: { type: 'string' } } } },
      ],
    }),
    'mcp.fs.list': ({ arguments: given }) => ({
      value: Object.entries(FOLDERS[(given as string[])[0] ?? ''] ?? {}).map(([name, type]) => ({
        name,
        type,
      })),
    }),
  })
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough(), env: {} }
  shell = new LineShell({ io, socket: gateway.socket, yes: false, commands: COMMANDS })
})
after(() => {
  shell.gateway.close()
  gateway.close()
})

/** The lines that the suggestions would make. */
async function completed(text: string, at = '/'): Promise<string[]> {
  shell.cwd = at
  const [suggestions, replaced] = await completeLine(text, shell, AbortSignal.timeout(5000))
  assert.ok(text.endsWith(replaced))
  return suggestions.map((one) => text.slice(0, text.length - replaced.length) + one)
}

const CASES: [what: string, text: string, lines: string[], at?: string][] = [
  ['commands', 'lic', ['licence ']],
  ['methods', 'mcp.fs.', ['mcp.fs.list ', 'mcp.fs.read ']],
  ['tools', 'time_', ['time_convert_time ']],
  ['commands to be explained', 'help tok', ['help token ']],
  ['verbs', 'token cr', ['token create ']],
  ['verbs to be explained', 'help token re', ['help token revoke ']],
  ['the options of a verb', 'token list --ex', []],
  ['the options of a verb', 'token create x --ex', ['token create x --expires ']],
  ['options', 'rm /a --re', ['rm /a --recursive ']],
  ['folders, to go on in them', 'cd d', ['cd docs/']],
  ['paths from where one is', 'cat ', ['cat c.txt '], '/docs'],
  ['paths from the top', 'cat /docs/', ['cat /docs/c.txt ']],
  ['paths with spaces', 'cat a', ['cat a\\ b.txt ', 'cat a.txt ']],
  ['paths in quotes', "cat 'a b", ["cat 'a b.txt' "]],
  ['paths in double quotes', 'cat "a ', ['cat "a b.txt" ']],
  ['no second path', 'cat a.txt ', []],
  ['paths after a verb', 'index add /d', ['index add /docs/']],
  [
    'a path by position, from the top',
    'mcp.fs.read ',
    ['mcp.fs.read /a\\ b.txt ', 'mcp.fs.read /a.txt ', 'mcp.fs.read /docs/'],
    '/docs',
  ],
  ['a choice by position', 'mcp.fs.read /a.txt b', ['mcp.fs.read /a.txt base64 ']],
  [
    'a truth by position',
    'time_convert_time UTC ',
    ['time_convert_time UTC false ', 'time_convert_time UTC true '],
  ],
  ['the first argument that is needed', 'time_convert_time ', ['time_convert_time {"zone": "']],
  ['keys', 'time_convert_time {"zone": "UTC", ', ['time_convert_time {"zone": "UTC", "exact": ']],
  ['the value of a key', 'time_convert_time {"exact": t', ['time_convert_time {"exact": true']],
  ['paths in an object', 'fs_get_file_info {"path": "/do', ['fs_get_file_info {"path": "/docs/']],
  ['paths in an array', 'mcp.fs.read ["/docs/', ['mcp.fs.read ["/docs/c.txt"']],
  ['choices in an array', 'mcp.fs.read ["/a.txt", "t', ['mcp.fs.read ["/a.txt", "text"']],
  ['nothing for a program of this machine', 'ls | gr', []],
  ['nothing for what is unknown', 'nope ', []],
  ['nothing inside of an argument', 'time_convert_time {"zone": {', []],
]
for (const [what, text, lines, at] of CASES)
  test(`Tab after ${JSON.stringify(text)} suggests ${what}`, async () =>
    assert.deepEqual(await completed(text, at), lines))
