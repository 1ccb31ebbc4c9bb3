import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { callsProblem, mayCall, mayNeedConsent, vectorsIn } from './calls.ts'
import { describeServer, descriptorProblem } from './descriptor.ts'

test('what a server calls is named by capabilities, by all of a server, or as whatever its caller may', () => {
  assert.ok(mayCall(['fs.read', 'time.*'], 'fs.read'))
  assert.ok(mayCall(['fs.read', 'time.*'], 'time.read'))
  assert.ok(mayCall(['*'], 'anything.at_all'))
  for (const [calls, capability] of [
    [['fs.read'], 'fs.write'],
    [['fs.read'], 'fs.read_all'],
    [['fs.*'], 'fsx.read'],
    [['fs.*'], 'fs'],
    [[], 'fs.read'],
  ] as const)
    assert.ok(!mayCall(calls, capability), `${calls} ${capability}`)
})

test('a list without patterns allows what it names and nothing else', () => {
  const name = fc.stringMatching(/^[a-z]{1,6}\.[a-z]{1,6}$/)
  fc.assert(fc.property(fc.array(name), name, (calls, one) => mayCall(calls, one) === calls.includes(one)))
})

test('what is no list of capabilities is refused with the odd one', () => {
  assert.equal(callsProblem(undefined), undefined)
  assert.equal(callsProblem(['llm.embed', 'fs.read', 'fs.*', '*']), undefined)
  for (const odd of [[], 'fs.read', {}, null, 7, Array(101).fill('a.b')])
    assert.match(callsProblem(odd) ?? '', /calls must name 1 to 100/)
  for (const odd of ['', 'fs', 'FS.read', 'fs.**', '*.read', 'fs.read ', 7, null, { a: 1 }])
    assert.match(callsProblem(['fs.read', odd]) ?? '', /no capability such as/)
})

const server = {
  name: 'a',
  title: 'A',
  version: '1',
  description: 'a',
  scope: 'user',
  tools: [],
  open: async () => {},
}
const described = { ...describeServer({ ...server, scope: 'user', calls: ['fs.read'] }) }

test('a descriptor says what its server calls; of a server of others, or of models, it may not', () => {
  assert.deepEqual(described.calls, ['fs.read'])
  assert.equal(descriptorProblem(described, 'a'), undefined)
  assert.match(descriptorProblem({ ...described, calls: ['read'] }, 'a') ?? '', /no capability such as/)
  assert.match(
    descriptorProblem({ ...described, models: 'local' }, 'a') ?? '',
    /server of models calls no other/,
  )
  const resource = { uri: 'x://1', name: 'x', capability: 'a.use', untrusted: 'server' }
  for (const list of ['resources', 'tools', 'prompts'] as const) {
    const item = list === 'resources' ? resource : { ...resource, inputSchema: {} }
    assert.match(
      descriptorProblem({ ...described, [list]: [item] }, 'a') ?? '',
      /others wrote calls no other; remove "calls"/,
    )
  }
})

test('vectors come in the order of their texts, or not at all', () => {
  const vector = (index: unknown, embedding: unknown) => ({ index, embedding })
  assert.deepEqual(vectorsIn({ data: [vector(1, [2]), vector(0, [1])] }, 2), [[1], [2]])
  for (const data of [
    undefined,
    [vector(0, [1])],
    [vector(0, [1]), vector(0, [2])],
    [vector(0, [1]), vector(7, [2])],
    [vector(0, [1]), vector(-1, [2])],
    [vector(0, [1]), vector(1, ['2'])],
    [vector(0, [1]), null],
  ])
    assert.equal(vectorsIn({ data }, 2), undefined, JSON.stringify(data))
})

test('calls of language models need nobody’s consent, and others may', () => {
  assert.deepEqual(
    [undefined, ['llm.embed', 'llm.models'], ['llm.chat', 'fs.read'], ['*']].map((calls) =>
      mayNeedConsent(calls),
    ),
    [false, false, true, true],
  )
})
