/** What can be set of the server of files, in `fs.yaml`. */
import * as Type from '../../protocol/schema.ts'
import { VECTOR_DRIVERS } from '../../search/index/drivers.ts'

export const Settings = Type.Object({
  ocrLanguages: Type.Array(Type.String({ maxLength: 40 }), {
    default: [],
    maxItems: 4,
    description:
      'The languages of scans and pictures, by the codes of Tesseract, such as [deu, eng], the most frequent one first. Without, those are read that are installed, if they are no more than four. After a change all are read anew in the background.',
  }),
  vectorIndex: Type.Enum([...VECTOR_DRIVERS], {
    default: 'usearch',
    description:
      'What finds the passages that are closest in meaning. "faiss" compares all of them, which takes longer from some thousands on, and needs its binding (`make faiss`). After a change the index is made anew in the background, and the former one answers meanwhile.',
  }),
})
