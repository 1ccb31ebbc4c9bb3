import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { attachedNamed } from '../attachment/attachment.ts'
import { safeName } from '../attachment/safe-name.ts'
import { saveThroughFs } from '../attachment/save.ts'
import type { Mail } from '../mail.ts'
import { fenced } from './fence.ts'
import { AttachmentParameter, IdParameter, Options } from './shapes.ts'

const DEFAULT_FOLDER = '/Downloads'
/** What programs read by themselves lies in folders that begin with a dot: what strangers sent has no place there. */
const UNSEEN_FOLDER = /(?:^|\/)\./

export const downloadAttachment = defineTool({
  name: 'download_attachment',
  title: 'Download Attachment',
  description: 'Saves an attachment of an email among the files of the user. Replaces none.',
  capability: 'mail.read',
  alsoNeeds: 'fs.write',
  input: Type.Object(
    {
      id: IdParameter,
      attachment: AttachmentParameter,
      folder: Type.Optional(
        Type.String({
          maxLength: 4000,
          default: DEFAULT_FOLDER,
          description: 'Of the user’s files; it is made where it is missing.',
        }),
      ),
    },
    Options,
  ),
  output: Type.Object({
    path: Type.String({ description: 'Where it lies.' }),
    size: Type.Integer({ description: 'In bytes.' }),
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  stake: ['folder'],
  // The name is the sender's.
  untrusted: 'mail',
  async handler({ id, attachment, folder = DEFAULT_FOLDER }, call, mail: Mail) {
    if (UNSEEN_FOLDER.test(folder))
      throw new ToolError('Attachments are saved in folders whose names begin with no dot. Name another.', {
        kind: 'invalid',
      })
    const attached = await attachedNamed(mail, id, attachment, call)
    const path = `${folder.replace(/\/+$/, '')}/${safeName(attached.fileName, attached.type)}`
    const saved = await saveThroughFs(path, attached.pieces(), attached.size, call)
    return {
      content: [{ type: 'text' as const, text: `Saved ${saved.size} bytes as:\n${fenced(saved.path)}` }],
      structured: { ...saved },
    }
  },
})
