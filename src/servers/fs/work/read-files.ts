/** Has files read for searching, several in one job. */
import type { JobOwner } from '../../../framework/workers/pool.ts'
import { ToolError } from '../../../protocol/define.ts'
import type { FileBytes, NotRead, ReadFile } from '../../../search/reading/read.ts'
import type { Workers } from './workers.ts'

/**
 * In their order. One that ends its worker, or takes more than it may, costs no other: then each is read by itself. `model` is the
 * folder of the model whose tokens count. Rejects with the signal's reason, and where the workers can't take the job.
 */
export async function readFiles(
  workers: Workers,
  owner: JobOwner,
  files: readonly FileBytes[],
  model?: string,
): Promise<(ReadFile | NotRead)[]> {
  if (files.length === 0) return []
  try {
    return await workers.run(owner, 'readForSearch', [files, model])
  } catch (error) {
    if (!(error instanceof ToolError) || error.kind !== 'invalid') throw error
    if (files.length === 1) return [{ problem: error.message }]
  }
  const results: (ReadFile | NotRead)[] = []
  for (const file of files) results.push(...(await readFiles(workers, owner, [file], model)))
  return results
}
