/** What can be set of the server of files, in `fs.yaml`. */
import * as Type from '../../protocol/schema.ts'
import { VECTOR_DRIVERS } from '../../search/index/drivers.ts'

export const Settings = Type.Object({
  vectorIndex: Type.Enum([...VECTOR_DRIVERS], {
    default: 'usearch',
    description:
      'What finds the passages that are closest in meaning. "faiss" compares all of them, which takes longer from some thousands on, and needs its binding (`make faiss`). After a change the index is made anew in the background, and the former one answers meanwhile.',
  }),
})
