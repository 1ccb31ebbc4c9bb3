import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { toolPageIn, toolResultIn } from '../model/answers.ts'
import type { Effect } from '../model/effects.ts'
import type { ViewEvent } from '../model/view.ts'
import { plainText } from '../text/lines.ts'
import { VIEWS } from './index.ts'
import { AREA, SEARCHING as WORLD } from './testing/setting.ts'

/** What a gateway of today answers, so that answers near to it are tried too. */
const SAMPLES: readonly unknown[] = [
  {
    version: '1',
    uptimeSeconds: 3,
    servers: [{ name: 'fs', state: 'awake', inFlight: 0, tools: 3 }],
    sessions: 1,
    problems: { '/caps/x.cap.json': 'it is no JSON' },
    damaged: ['/x/gateway.db.damaged-1'],
  },
  { approvals: [{ id: 'a', who: 'x', tool: 'fs_y', arguments: '{}', waitingSeconds: 1, warning: 'w' }] },
  { units: [{ name: 'mcp-fs@a.service', memory: 1000, status: 'asleep' }] },
  { ca: { fingerprint: 'AA:BB' } },
  { fileSystems: [{ paths: ['/'], size: 10, used: 5 }], users: [{ name: 'a', uid: 1, owner: true }] },
  { tier: 'FREE', quotas: { a: 1, b: ['x'] } },
  { tokens: [{ id: 'a' }] },
  { name: 'phone', token: 'lb_x' },
  [{ name: 'a', path: '/a', type: 'file', size: 3 }],
  { content: [{ type: 'text', text: '/a' }], structuredContent: { content: 'x' }, isError: false },
  {
    content: [],
    structuredContent: {
      hits: [
        {
          path: '/a',
          startLine: 2,
          endLine: 3,
          startByte: 9,
          headings: ['h'],
          snippet: 'some words',
          matches: [{ start: 0, end: 4 }],
          foundBy: ['words'],
          words: ['some'],
          copies: [{ path: '/b', startLine: 1, endLine: 1 }],
          copyCount: 1,
        },
      ],
      more: true,
      missing: { files: 1, passages: 2, isLooking: true, meaning: 'It is off.' },
    },
  },
  {
    content: [],
    structuredContent: {
      folders: [{ path: '/docs', problem: 'It is gone.' }],
      state: 'reading',
      files: 3,
      waiting: 2,
      leftOut: 1,
      passages: 9,
      withoutMeaning: 4,
      model: 'm',
      lookedAt: '2026-01-01T00:00:00.000Z',
    },
  },
  {
    content: [
      { type: 'resource', resource: { uri: 'x', text: 'y' } },
      { type: 'image', mimeType: 'z' },
    ],
  },
]

/** A value with one part of it, anywhere, taken away or replaced. */
function spoilt(value: unknown, at: readonly number[], by: unknown): unknown {
  const [first, ...rest] = at
  if (typeof value !== 'object' || value === null || first === undefined) return by
  const entries = Object.entries(value)
  const chosen = entries[first % Math.max(1, entries.length)]?.[0]
  const next = entries.flatMap(([key, inner]) => {
    const one = key === chosen ? spoilt(inner, rest, by) : inner
    return one === undefined ? [] : [[key, one] as const]
  })
  return Array.isArray(value) ? next.map(([, one]) => one) : Object.fromEntries(next)
}

const someAnswer = fc.oneof(
  fc.jsonValue(),
  // Even turning this into a text throws.
  fc.constant({ toString: 1, valueOf: null }),
  fc
    .tuple(
      fc.constantFrom(...SAMPLES),
      fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }),
      fc.option(fc.jsonValue(), { nil: undefined }),
    )
    .map(([sample, at, by]) => spoilt(sample, at, by)),
)

/** What the session gives for an answer of a gateway, or of the root helper. */
function replyTo(effect: Effect<unknown>, value: unknown): unknown {
  if (effect.type === 'request' || effect.type === 'v1' || effect.type === 'helper')
    return effect.reply({ ok: true, value: value as never })
  if (effect.type === 'later') return effect.message
  const result = effect.type === 'tool' ? toolResultIn(value) : undefined
  return effect.type === 'tool' && result ? effect.reply({ ok: true, value: result }) : undefined
}

/** Through all sections of a view, and what can be done there. */
const KEYS = [
  'down',
  'enter',
  'y',
  'd',
  'i',
  '/',
  'x',
  'tab',
  'down',
  'enter',
  'escape',
  'right',
  'y',
  'right',
  'right',
  'right',
  'right',
]

describe('whatever a gateway answers', () => {
  for (const view of VIEWS)
    test(`the view "${view.title}" can be shown and used`, () =>
      fc.assert(
        fc.property(fc.array(someAnswer, { minLength: 1, maxLength: 6 }), (answers) => {
          let state = view.initial
          let asked = 0
          const tell = (message: unknown, depth: number): void => {
            const next = view.update(state, message as ViewEvent, WORLD, AREA)
            state = next.state
            view.draw(state, AREA, WORLD)
            view.hints(state, WORLD)
            if (depth > 3) return
            for (const effect of next.effects) {
              const reply = replyTo(effect as Effect<unknown>, answers[asked++ % answers.length])
              if (reply !== undefined) tell(reply, depth + 1)
            }
          }
          tell({ type: 'shown' }, 0)
          for (const key of KEYS) tell(key === 'x' ? { type: 'text', text: key } : { type: 'key', key }, 0)
        }),
        { numRuns: 200 },
      ))

  test('a description that begins with line breaks is not blank', () => {
    const description = `${'\n'.repeat(12)}It reads.`
    const properties = { path: { type: 'string', description } }
    const world = {
      ...WORLD,
      offer: { ...WORLD.offer, tools: [{ name: 'fs_x', description, inputSchema: { properties } }] },
    }
    const view = VIEWS.find(({ id }) => id === 'tools')
    const shown = view?.draw(view.initial, { columns: 100, rows: 20 }, world).lines.map(plainText)
    assert.equal(shown?.filter((line) => line.includes('It reads.')).length, 2)
  })

  test('a tool without a name is left out, and others keep what is understood of them', () => {
    const page = toolPageIn({
      tools: [{ description: 'nameless' }, 7, null, { name: 'a', description: 3, inputSchema: 'none' }],
      nextCursor: 5,
    })
    assert.deepEqual(page, {
      tools: [{ name: 'a', description: '', inputSchema: {} }],
      nextCursor: undefined,
    })
  })
})
