/** A text with its edits made, and what that changes. */
import { ToolError } from '../../../protocol/define.ts'
import { MAX_DIFF_CHARS } from '../limits.ts'
import { unifiedDiff } from './diff.ts'
import { applyEdits, type Edit } from './edits.ts'

export interface Edited {
  /** Undefined where nothing changes. */
  readonly after: string | undefined
  /** Cut where it is too long to be shown. */
  readonly diff: string
}

/** Throws a ToolError for edits that can't be made. */
export function edited(before: string, path: string, edits: readonly Edit[]): Edited {
  const after = applyEdits(before, edits)
  if (!after.isWellFormed())
    throw new ToolError('A newText has half a character in it, which UTF-8 cannot hold; nothing was changed.')
  const diff = unifiedDiff(path, before, after, MAX_DIFF_CHARS)
  return { after: diff === '' ? undefined : after, diff }
}
