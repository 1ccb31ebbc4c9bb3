/** A search whose answers a test chooses, for what the tools make of them. */
import { EmbeddingModels } from '../../../search/embedding/models.ts'
import type {
  FileSearch,
  Found,
  FoundPassage,
  IndexStatus,
  Missing,
  QuestionOptions,
} from '../search/file-search.ts'

export const NOTHING_MISSING: Missing = { isLooking: false, files: 0, passages: 0, meaning: undefined }

export const passage = (given: Partial<FoundPassage> = {}): FoundPassage => ({
  path: '/notes/network.md',
  startLine: 12,
  endLine: 19,
  startByte: 812,
  endByte: 1232,
  format: 'markdown',
  language: 'en',
  modifiedAt: Date.parse('2026-11-05T10:00:00Z'),
  headings: ['Network', 'Router'],
  content: 'Hold the small button for ten seconds until the light blinks.',
  score: 0.61234,
  meaning: 0.6,
  words: [],
  exact: [],
  isRecognised: false,
  copies: [],
  ...given,
})

export const IDLE: IndexStatus = {
  folders: [{ path: '/notes', problem: undefined }],
  state: 'idle',
  problem: undefined,
  files: 2,
  waiting: 0,
  left: 0,
  passages: 7,
  withoutMeaning: 0,
  model: 'a model',
  formerModel: undefined,
  scans: undefined,
  overview: undefined,
  lookedAt: Date.parse('2026-11-05T10:00:00Z'),
}

/** Without a folder of models, and no place to keep a choice. */
export const noModels = new EmbeddingModels({ folder: '/nowhere', shownAs: '/Models', state: undefined })

export class FakeSearch implements FileSearch {
  /** What `search` was asked, in order. */
  readonly asked: { question: string; options: QuestionOptions }[] = []
  passages: FoundPassage[]
  missing = NOTHING_MISSING
  index = IDLE

  constructor(...passages: FoundPassage[]) {
    this.passages = passages
  }

  async folders() {
    return this.index.folders
  }

  async add(path: string) {
    const isNew = !this.index.folders.some((folder) => folder.path === path)
    if (isNew) this.index = { ...this.index, folders: [...this.index.folders, { path, problem: undefined }] }
    return { path, isNew }
  }

  async remove(path: string) {
    const folders = this.index.folders.filter((folder) => folder.path !== path)
    const was = folders.length < this.index.folders.length
    this.index = { ...this.index, folders }
    return was
  }

  async search(question: string, options: QuestionOptions): Promise<Found> {
    this.asked.push({ question, options })
    const { count, skip = 0 } = options
    return {
      hits: this.passages.slice(skip, skip + count),
      more: this.passages.length > skip + count,
      missing: this.missing,
    }
  }

  similar(path: string, options: QuestionOptions): Promise<Found> {
    return this.search(path, options)
  }

  async finish() {
    return { isDone: this.index.state === 'idle', files: this.index.files }
  }

  async textOf(path: string) {
    return this.passages.find((one) => one.path === path)?.content
  }

  async recognised() {
    return { texts: new Map<number, string>(), why: undefined }
  }

  async modelChanged() {}

  async status() {
    return this.index
  }

  async statusOf(path: string) {
    const passages = this.passages.filter((one) => one.path === path).length
    return passages > 0
      ? { path, state: 'searched' as const, why: undefined, passages, scans: undefined }
      : {
          path,
          state: 'left-out' as const,
          why: 'it is in no folder that is searched.',
          passages,
          scans: undefined,
        }
  }
}
