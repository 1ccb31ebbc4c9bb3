/** The v1 methods, with their shapes. */
import { deleteMethod } from './delete.ts'
import { readDocxParagraphs, updateDocxParagraphs } from './docx.ts'
import { embed } from './embed.ts'
import { list } from './list.ts'
import { read } from './read.ts'
import { search } from './search.ts'
import { write } from './write.ts'

export const v1 = [list, read, write, deleteMethod, readDocxParagraphs, updateDocxParagraphs, embed, search]
