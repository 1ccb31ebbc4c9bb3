import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Tokenizer } from '@huggingface/tokenizers'
import { EmbedderError } from '../embedding/embedder.ts'
import { shippedModelFolder } from '../embedding/shipped.ts'
import { byWord, estimatedTokens, openMeasure } from './tokens.ts'

const folder = shippedModelFolder()
const ROOT = new URL('../../../', import.meta.url).pathname
const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))

describe('with the model that ships', () => {
  test('a piece has 128 tokens', async () => {
    assert.ok(existsSync(join(folder, 'tokenizer.json')), 'run "make build" first')
    assert.equal((await openMeasure(folder)).maxTokens, 128)
  })

  test('the sum of the words is what its tokenizer counts in texts and code', async () => {
    const { countTokens } = await openMeasure(folder)
    const tokenizer = new Tokenizer(json('tokenizer.json'), {})
    for (const name of [
      'README.md',
      ...globSync('docs/*.md', { cwd: ROOT }),
      'src/search/reading/cut.ts',
      'package.json',
    ]) {
      const text = readFileSync(join(ROOT, name), 'utf8').replace(/\s+/g, ' ')
      for (let at = 0; at < text.length; at += 500) {
        const part = text.slice(at, at + 500).trim()
        // One that is counted by parts is counted too long.
        if (part.split(' ').some((word) => word.length > 64)) continue
        assert.equal(
          countTokens(part),
          tokenizer.encode(part, { add_special_tokens: false }).ids.length,
          part,
        )
      }
    }
  })

  test('an estimate is not far off for prose', async () => {
    const { countTokens } = await openMeasure(folder)
    for (const name of globSync('docs/*.md', { cwd: ROOT })) {
      const text = readFileSync(join(ROOT, name), 'utf8')
      const ratio = estimatedTokens(text) / countTokens(text)
      assert.ok(ratio > 0.75 && ratio < 1.6, `${name}: ${ratio}`)
    }
  })
})

describe('a measure', () => {
  test('counts each word once, and what has none as nothing', () => {
    const asked: string[] = []
    const count = byWord((word) => {
      asked.push(word)
      return word.length
    })
    assert.equal(count('  one two\n one '), 9)
    assert.deepEqual(asked, ['one', 'two'])
    assert.equal(count(' \n '), 0)
  })

  test('counts a word without end by parts', () => {
    let longest = 0
    const count = byWord((word) => {
      longest = Math.max(longest, word.length)
      return 1
    })
    assert.equal(count('x'.repeat(6400)), 100)
    assert.equal(longest, 64)
  })

  test('without a model is an estimate', async () => {
    assert.deepEqual(await openMeasure(), { maxTokens: 128, countTokens: estimatedTokens })
    assert.deepEqual(
      ['', 'word', 'internationalisation', '你好吗', '12345', 'a+b'].map(estimatedTokens),
      [0, 1, 5, 3, 2, 3],
    )
  })

  test('leaves room for what a model puts around each text, and for its prefix', async () => {
    const made = mkdtempSync(join(tmpdir(), 'measure-'))
    try {
      const vocab = { '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, passage: 4, ':': 5, boat: 6, '##s': 7 }
      const special = (token: string, id: number) => ({
        id,
        content: token,
        special: true,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      })
      const tokenizer = {
        added_tokens: [special('[PAD]', 0), special('[UNK]', 1), special('[CLS]', 2), special('[SEP]', 3)],
        normalizer: {
          type: 'BertNormalizer',
          clean_text: true,
          handle_chinese_chars: true,
          strip_accents: null,
          lowercase: true,
        },
        pre_tokenizer: { type: 'BertPreTokenizer' },
        post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] },
        decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
        model: {
          type: 'WordPiece',
          unk_token: '[UNK]',
          continuing_subword_prefix: '##',
          max_input_chars_per_word: 100,
          vocab,
        },
      }
      writeFileSync(join(made, 'tokenizer.json'), JSON.stringify(tokenizer))
      writeFileSync(join(made, 'model.onnx'), '')
      writeFileSync(join(made, 'sentence_bert_config.json'), '{"max_seq_length": 64}')
      writeFileSync(
        join(made, 'config_sentence_transformers.json'),
        '{"prompts": {"query": "query: ", "passage": "passage: "}}',
      )
      const { maxTokens, countTokens } = await openMeasure(made)
      assert.equal(maxTokens, 64 - 4)
      assert.equal(countTokens('boats boat'), 3)
    } finally {
      rmSync(made, { recursive: true })
    }
  })

  test('is refused for a folder without a tokenizer', async () => {
    await assert.rejects(openMeasure('/nowhere'), EmbedderError)
  })
})
