import { told } from '../confined/alike.ts'
import type { Files } from '../files.ts'

export interface Spelled {
  readonly path: string
  /** What the reply says where that is not how the caller spelled it. */
  readonly respelled: string | undefined
}

/** What there is to read at a path, whose names may only look like the caller's. */
export function asSpelled(files: Files, asked: string): Spelled {
  const path = files.spelled(asked)
  return {
    path,
    respelled:
      path === asked
        ? undefined
        : `Nothing is spelled exactly as you asked. This is of the only one that looks the same: ${told(path, asked)}.`,
  }
}
