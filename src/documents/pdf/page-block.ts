import type { Block } from '../document.ts'

/** A block of a page, whose number whoever reads the page knows. */
export type PageBlock = Omit<Block, 'place'>
