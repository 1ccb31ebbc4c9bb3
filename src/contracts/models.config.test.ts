import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConfigError } from '../host/config/error.ts'
import { findModel } from './model-aliases.ts'
import { readModelAliases } from './testing/read-model-aliases.ts'

const OLLAMA = { api_base_url: 'http://127.0.0.1:11434/v1/' }

test('without a file there is this machine, and no names', () => {
  const { providers, aliases, defaultProvider } = readModelAliases({})
  assert.deepEqual([[...providers.keys()], aliases.size, defaultProvider], [['local'], 0, undefined])
})

test('a name stands for a model of a provider, with what is left out filled in', () => {
  const read = readModelAliases({
    default_provider: 'box',
    providers: { box: { ...OLLAMA, retries: 0, timeout_seconds: 5, levels: ['a', 'b', 'c'] } },
    models: {
      small: { provider: 'box', model_name: 'qwen:0.5b', is_default: true, fallback: ['box:2', 'tiny'] },
      tiny: {},
      gpt: { provider: 'openai', context: 128_000 },
      lone: { api_base_url: 'http://10.0.0.2:8000/v1', model_name: 'x' },
    },
  })
  const box = read.providers.get('box')
  assert.deepEqual(
    [box?.baseUrl, box?.secret, box?.retries, box?.timeoutMs],
    ['http://127.0.0.1:11434/v1', 'box', 0, 5000],
  )
  assert.equal(read.providers.get('openai')?.baseUrl, 'https://api.openai.com/v1')
  assert.equal(read.providers.get('lone')?.baseUrl, 'http://10.0.0.2:8000/v1')
  assert.deepEqual(findModel(read, 'small')?.modelName, 'qwen:0.5b')
  assert.deepEqual(findModel(read, 'tiny')?.provider, 'local')
  assert.deepEqual(
    ['gpt', 'lone'].map((name) => findModel(read, name)?.context),
    [128_000, undefined],
  )
  assert.deepEqual(findModel(read, 'box:1')?.modelName, 'b')
  for (const none of ['box:3', 'openai:0', 'nobody', 'constructor'])
    assert.equal(findModel(read, none), undefined)
})

for (const [what, file, message] of [
  [
    'a key',
    { models: { a: { provider: 'openai', api_key: 'sk-1' } } },
    /models\.a\.api_key: must not be here: .*luca secret set llm-remote/,
  ],
  ['a key of a provider', { providers: { openai: { api_key: 'sk-1' } } }, /luca secret set/],
  ['an unknown key', { modles: {} }, /modles: is no setting\. Did you mean "models"\?$/],
  [
    'an unknown provider',
    { models: { a: { provider: 'b' } } },
    /models\.a\.provider: names a provider.*local/,
  ],
  ['an unknown default', { default_provider: 'b' }, /default_provider/],
  [
    'a context that is no number',
    { models: { a: { context: 'long' } } },
    /models\.a\.context: is text and must be a whole number of tokens from 256/,
  ],
  ['a provider without an address', { providers: { b: {} } }, /providers\.b: needs api_base_url/],
  ['an address of this machine’s models', { providers: { local: OLLAMA } }, /is this machine/],
  ['an address that is none', { providers: { b: { api_base_url: 'ftp://x' } } }, /must be a URL/],
  ['a key in an address', { providers: { b: { api_base_url: 'https://u:sk-1@x/v1' } } }, /an address alone/],
  [
    'two addresses',
    { providers: { b: OLLAMA }, models: { a: { provider: 'b', api_base_url: 'http://c/v1' } } },
    /is not that of the provider "b"/,
  ],
  ['one level', { providers: { b: { ...OLLAMA, levels: ['x'] } } }, /must name 3 models/],
  [
    'a level that is not there',
    { models: { a: { fallback: ['local:1'] } } },
    /models\.a\.fallback\[0\]: names a level/,
  ],
  [
    'numbers for names',
    { models: { a: { fallback: [1] } } },
    /fallback\[0\]: is a number and must be text that is not empty; put it in quotes/,
  ],
  ['a default that is neither', { models: { a: { is_default: 'yes' } } }, /true or false/],
  ['too many retries', { providers: { b: { ...OLLAMA, retries: 99 } } }, /from 0 to 10/],
  ['a list', [], /the file: is a list and must be a section with default_provider, providers, models/],
] as const)
  test(`${what} is refused, and no key is repeated`, () => {
    assert.throws(
      () => readModelAliases(file),
      (error: Error) => message.test(error.message) && !error.message.includes('sk-1'),
    )
  })

test('the variables of the older system still count', () => {
  const read = readModelAliases(
    {},
    {
      OPENAI_API_BASE_URL: 'https://proxy.example/v1',
      LLAMA_CPP_API_BASE_URL: 'http://127.0.0.1:8080/v1',
      LLAMA_CPP_DEFAULT_MODEL: 'mistral',
      LLMBDO_DEFAULT_LLM_PROVIDER: 'llama_cpp',
    },
  )
  assert.equal(read.providers.get('openai')?.baseUrl, 'https://proxy.example/v1')
  assert.deepEqual([findModel(read, 'mistral')?.provider, read.defaultProvider], ['llama_cpp', 'llama_cpp'])
})

test('a mistake in a variable of the older system is reported with its name, and with no line of a file', () => {
  for (const [env, message] of [
    [{ OPENAI_API_BASE_URL: 'nowhere' }, /^variable OPENAI_API_BASE_URL: must be a URL/],
    [{ LLMBDO_DEFAULT_LLM_PROVIDER: 'x' }, /^variable LLMBDO_DEFAULT_LLM_PROVIDER: names a provider that/],
  ] as const)
    assert.throws(() => readModelAliases({}, env), { message })
})

test('whatever a file holds is read, or refused with a sentence', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom('providers', 'models', 'a', 'local', 'provider', 'levels', '__proto__'),
        tie('any'),
      ),
    ),
  })).any
  fc.assert(
    fc.property(value, (given) => {
      try {
        readModelAliases(given)
      } catch (error) {
        assert.ok(error instanceof ConfigError)
        assert.notEqual((error as Error).message, '')
      }
    }),
  )
})
