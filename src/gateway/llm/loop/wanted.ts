/** Whether a model is given its caller's tools. */
import { findModel, type ModelAliases } from '../../../contracts/model-aliases.ts'
import type { ModelRequest } from '../request.ts'

/** What a request says counts; else what models.yaml says of its model, where the client brings no tools of its own. */
export function wantsTools({ task, tools, selector, body }: ModelRequest, aliases: ModelAliases): boolean {
  if (task !== 'chat' || tools === 'none' || body.tool_choice === 'none') return false
  if (tools === 'auto') return true
  if (Array.isArray(body.tools) && body.tools.length > 0) return false
  const { model, complexity } = selector
  if (complexity !== undefined) return false
  const named =
    model === undefined || model === 'default'
      ? [...aliases.aliases.values()].find(({ isDefault }) => isDefault)
      : findModel(aliases, model)
  return named?.tools === 'auto'
}
