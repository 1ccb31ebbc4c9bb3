/** Types before meaning: what comes from outside is looked at before it becomes a text or a number. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from './support/appliance.ts'
import { findCasts } from './support/casts.ts'
import { findCoercions } from './support/coercions.ts'

/** Where a value of a type that is not known becomes text all the same: the file, what stands there, and why that is right. */
const ALLOWED: [file: string, text: string, reason: string][] = [
  ['gateway/transports/http/edge.ts', 'made.getHeaders()', 'headers of an answer, made there'],
  [
    'servers/llm-local/worker/structure/check.ts',
    'String(schema)',
    'ajv gives a keyword of `schemaType: string`',
  ],
  ['servers/llm-local/worker/structure/fixed.ts', 'ways.toSorted', 'pairs of numbers, made there'],
  ['servers/llm-local/worker/structure/languages.ts', 'writable.join', 'pairs of numbers, made there'],
  ['line/shell.ts', 'error instanceof Error ? error.message : String(error)', 'something was thrown'],
  ['luca/luca.ts', 'error instanceof Error ? error.message : String(error)', 'something was thrown'],
  ['luca/models/download.ts', 'message || code || String(error)', 'something was thrown'],
  [
    'tui/session/session.ts',
    'error instanceof Error ? error.message : String(error)',
    'something was thrown',
  ],
  [
    'servers/fs/search/meaning.ts',
    'error instanceof Error ? error.message : String(error)',
    'something was thrown',
  ],
  ['up/appliance.ts', 'The last it said:', 'lines of a log, made there'],
]

test('nothing whose type is not known becomes a text or a number', async () => {
  const found = await findCoercions()
  const isAllowed = (place: string) =>
    ALLOWED.some(([file, text]) => place.startsWith(`src/${file}: `) && place.includes(text))
  assert.deepEqual(
    found.filter(({ place }) => !isAllowed(place)),
    [],
  )
  const unused = ALLOWED.filter(([file, text]) =>
    found.every(({ place }) => !place.startsWith(`src/${file}: `) || !place.includes(text)),
  )
  assert.deepEqual(unused, [], 'the table has what is there no longer')
})

/** Where a number is made otherwise than by `wholeIn` and `numberIn` of protocol/values.ts, by why that is right. */
const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  'what a pattern just before let through: digits, or digits of another base': [
    'client/connection.ts',
    'command/durations.ts',
    'command/log/record.ts',
    'command/sizes.ts',
    'contracts/model-aliases.ts',
    'gateway/transports/http/event-stream.ts',
    'gateway/transports/http/fast-path/head.ts',
    'gateway/transports/source-of.ts',
    'gateway/transports/target.ts',
    'host/inherited-sockets.ts',
    'host/listening-sockets.ts',
    'host/memory.ts',
    'host/outward/address-class.ts',
    'luca/models/download.ts',
    'models/folder.ts',
    'protocol/exact-json.ts',
    'documents/calendar/words.ts',
    'documents/mail/visibility.ts',
    'documents/spreadsheet/address.ts',
    'documents/spreadsheet/number-format.ts',
    'documents/spreadsheet/ods-sheets.ts',
    'documents/spreadsheet/xlsx-sheet.ts',
    'documents/spreadsheet/xlsx-text.ts',
    'documents/text/html.ts',
    'documents/text/json.ts',
    'documents/xml/count.ts',
    'servers/llm-remote/failure.ts',
    'documents/asked-parts.ts',
    'servers/mail/attachment/attachment.ts',
    'servers/mail/tools/shapes.ts',
    'servers/llm-local/worker/structure/numbers.ts',
    'servers/mail/imap/mail-time.ts',
    'servers/mail/imap/transfer.ts',
    'servers/mail/message/tnef/rtf.ts',
    'servers/stdio-adapter/answers.ts',
    'tui/model/input.ts',
    'tui/screen/console-font.ts',
    'tui/screen/splitter.ts',
    'tui/text/markdown.ts',
    'up/installed.ts',
    'up/units/socket-unit.ts',
    'up/units/unit-name.ts',
    'up/units/values.ts',
  ],
  'a length that node:http has looked at, or a port that a URL has': [
    'gateway/transports/http/body.ts',
    'gateway/transports/http/edge.ts',
    'host/outward/exchange.ts',
  ],
  'said by the system, or by a program of it': [
    'admin/move-data.ts',
    'admin/prepare-disk.ts',
    'admin/quota.ts',
    'admin/userdb.ts',
    'command/log/journal.ts',
    'framework/workers/processes.ts',
    'host/outward/local-networks.ts',
    'luca/doctor/checks.ts',
    'servers/stdio-adapter/processes.ts',
    'servers/time/zones.ts',
    'tui/screen/job-control.ts',
  ],
  'no text, but true or false, or a number that is larger than it need be': [
    'gateway/auth/users.ts',
    'gateway/state/tokens.ts',
    'documents/zip/directory.ts',
    'host/database/connection.ts',
    'luca/commands/ls.ts',
    'models/gguf.ts',
    'protocol/uri-template.ts',
    'search/index/faiss.ts',
    'search/index/usearch.ts',
    'search/shipped-model/onnx-graph.ts',
    'servers/fs/confined/attributes.ts',
    'servers/fs/confined/confined-files.ts',
    'servers/fs/confined/copy.ts',
    'servers/fs/confined/reading.ts',
    'servers/fs/search/ocr.ts',
    'servers/fs/search/reading.ts',
    'servers/fs/search/version.ts',
    'servers/mail/cache/mail-cache.ts',
    'tui/views/files/state.ts',
    'tui/views/tools/form.ts',
  ],
  'a key of a table, or a text, that the same program made': [
    'documents/pdf/typography.ts',
    'models/fewest.ts',
    'search/reading/parts.ts',
    'servers/time/tools.ts',
    'tui/model/json-tree.ts',
    'tui/session/session.ts',
  ],
}

test('a text from outside becomes a number where it is one in every sense, and nowhere else', () => {
  const made = globSync('src/**/*.ts', { cwd: ROOT })
    .filter(
      (file) => !/\.test\.ts$|\/(?:testing|fixtures|generated)\/|^src\/protocol\/values\.ts$/.test(file),
    )
    .filter((file) => MAKES_NUMBERS.test(readFileSync(join(ROOT, file), 'utf8')))
    .map((file) => file.slice('src/'.length))
  assert.deepEqual(made.toSorted(), Object.values(NUMBERS).flat().toSorted())
})

const MAKES_NUMBERS = /(?<!Type\.)\bNumber\(|\bparse(?:Int|Float)\(|\bNumber\)/

/** Where a value of a type that is not known is said to be of one all the same, by why that is right. */
const CASTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'read from a file, a credential or a database that a program of ours wrote, where nobody else may write; or said by a program of the system':
    {
      'admin/disks.ts': [
        'DiskPrepared',
        "ParamsOf<'disk/prepare'>",
        '{ blockdevices: Block[] }',
        '{ error: string }',
      ],
      'admin/move-data.ts': ['Pending'],
      'admin/prepare-disk.ts': ['{ partitiontable: { partitions: { node: string }[] } }'],
      'admin/servers/records.ts': ['Descriptor', 'LaunchSpec', 'Pinned', 'ServerRecord'],
      'search/shipped-model/weights.ts': ['Manifest'],
      'servers/mail/accounts/account-store.ts': ['Account'],
      'servers/mail/cache/mail-cache.ts': ['MessageHeader', 'Range[]'],
      'servers/mail/cache/texts.ts': ['MessageHeader', 'string[]'],
      'servers/mail/sending/known-people.ts': ['MessageHeader'],
      'servers/mail/sending/outbox-store.ts': ['Origin', 'string[]'],
      'servers/chat/store/rows.ts': ['About', 'Options', 'string[]'],
      'servers/stdio-adapter/main.ts': ['Installation', 'LaunchSpec', 'Pinned'],
      'up/installed.ts': ['Manifest'],
    },
  'a library, or the system, whose types lack it, or say less than it keeps to': {
    'host/password-hash.ts': ['string | null'],
    'admin/wifi.ts': ['[[string, number][]]'],
    'command/log/journal.ts': ['Entry'],
    'documents/xml/xml.ts': ['Held'],
    'gateway/transports/http/fast-path/head.ts': ['[string, string, string]'],
    'gateway/transports/stream/websocket.ts': [
      '{ _receiver?: { _bufferedBytes: number _totalPayloadLength: ',
    ],
    'host/garbage.ts': ['Collect'],
    'host/notify.ts': ['NativeNotify'],
    'host/outward/exchange.ts': ['Duplex'],
    'host/outward/unpack.ts': ['NodeJS.ReadWriteStream[]', 'Readable'],
    'host/system-library.ts': ['Koffi'],
    'protocol/exact-json.ts': ['T', '{ rawJSON: (text: string) => RawJson isRawJSON: (value: unkn'],
    'protocol/validator.ts': ['unknown[]'],
    'servers/fs/confined/entries.ts': ['Buffer'],
    'servers/fs/docx/paragraphs.ts': ['{ attribList: unknown[] }'],
    'servers/mail/connection/clear-lines.ts': ['Buffer | null'],
    'servers/mail/imap/greeting.ts': ['Buffer | null'],
    'servers/mail/imap/refusals.ts': ['FlowError'],
    'servers/mail/smtp/session.ts': ['ReplyError'],
    'tui/screen/screen.ts': ['{ fd: number }'],
  },
  'looked at just before, or above, in a way that the compiler does not follow': {
    'client/connection.ts': ['Record<string, unknown> | undefined', 'Result'],
    'client/request.ts': ['string | number | undefined'],
    'contracts/third-party.ts': [
      'Prompt[]',
      'ResourceTemplate[]',
      'Resource[]',
      'Tool[]',
      'typeof value',
      '{ stderr?: unknown }',
    ],
    'contracts/vetting.ts': ['JsonSchema', 'Tool', 'string'],
    'framework/server-host.ts': ['Static<S>'],
    'framework/v1.ts': ['Record<string, unknown>'],
    'framework/meta.ts': ['LoggingLevel | undefined', 'string | number | undefined'],
    'gateway/callbacks/questions.ts': ['Record<string, unknown>', 'object'],
    'gateway/consent/consent.ts': ['string'],
    'gateway/llm/request.ts': ['number', 'number | undefined'],
    'gateway/routing/descriptors.ts': ['Descriptor'],
    'gateway/routing/router.ts': ['Record<string, unknown>'],
    'gateway/transports/envelope.ts': ['Implementation', 'object | undefined'],
    'gateway/transports/session.ts': ['Implementation', 'LoggingLevel', 'object'],
    'gateway/transports/stream/peer.ts': ['object | undefined'],
    'host/config/layers.ts': ['Static<S>', 'T'],
    'luca/models/known.ts': ['{ models: unknown[] }'],
    'luca/servers/store.ts': ['Descriptor'],
    'models/settings.ts': ['GpuChoice'],
    'protocol/calls.ts': ['number', 'number[]'],
    'protocol/values.ts': ['number'],
    'search/embedding/model-folder.ts': ['number'],
    'servers/stdio-adapter/answers.ts': ['JSONRPCMessage'],
    'servers/stdio-adapter/child.ts': ['Prompt[]', 'ResourceTemplate[]', 'Resource[]', 'Tool[]', 'never'],
    'tui/model/answers.ts': ['ContentBlock', 'ToolAnnotations'],
    'tui/views/tools/draw.ts': ['Record<string, unknown>'],
  },
  'the answer of a server or gateway of ours, held against its schema where it was made': {
    'command/admin-helper.ts': ['ResultOf<V>'],
    'command/catalogue.ts': ['ProgressParams'],
    'command/link.ts': ['T', 'object | undefined'],
    'command/llm/answer.ts': ['Completion'],
    'command/served-bytes.ts': ['{ content: { resource: { blob: string } }[] nextOffset?: num'],
    'framework/wake-list.ts': ['WakeEntry[]'],
    'gateway/llm/responses/request.ts': ['unknown[]'],
    'gateway/transports/http/conversations.ts': [
      '{ service_name: string; description: string }[]',
      '{ tools: { name: string }[] }',
    ],
    'gateway/transports/http/ollama/ollama.ts': [
      'JsonObject',
      'unknown[]',
      '{ data: { embedding: number[] }[] usage?: JsonObject }',
      '{ data?: JsonObject[] }',
      '{ embeddings: number[][] }',
    ],
    'gateway/transports/http/openai.ts': ['{ data?: { id: string }[] }'],
    'gateway/transports/http/rest.ts': ['{ tools: Tool[] }'],
    'luca/search/building.ts': ['object'],
    'tui/views/files/changes.ts': ['CallToolResult'],
  },
  'made by the same program': {
    'gateway/transports/http/routes.ts': ['Endpoint'],
    'host/bounded-time.ts': ['T', '{ code?: unknown } | null'],
    'host/config/schema.ts': ['Setting'],
    'luca/models/show.ts': ['number'],
    'models/worker-process.ts': ['object'],
    'protocol/attached.ts': ['{ [ATTACHED]?: Buffer } | undefined'],
    'framework/workers/pool.ts': ['Awaited<ReturnType<J[N]>>'],
    'servers/llm-remote/assemble.ts': ['JsonObject', 'number'],
    'servers/llm-remote/failure.ts': ['Said'],
    'servers/llm-remote/retries.ts': ['ProviderFailure'],
    'servers/llm-local/worker/main.ts': [
      "Engine['chat']['request']",
      "Engine['complete']['request']",
      "Engine['count']['request']",
      "Engine['embed']['request']",
      "Engine['load']['request']",
      "Engine['open']['request']",
      "Engine['speed']['request']",
    ],
    'servers/llm-local/worker/marks.ts': ['T'],
    'servers/stdio-adapter/sessions.ts': ['T'],
    'tui/model/change.ts': ['ViewEvent'],
    'tui/model/effects.ts': ['M'],
    'tui/model/view.ts': ['AnyView'],
  },
}

test('nothing whose type is not known is said to be of one, but where it is known why', () => {
  const known = Object.assign({}, ...Object.values(CASTS))
  assert.deepEqual(findCasts(), known)
})
