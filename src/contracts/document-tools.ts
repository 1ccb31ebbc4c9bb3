/** The tools for documents, by the names that clients see: who offers tools to a model knows when they are of use. */

/** Searches what files say. */
export const SEARCH_DOCUMENTS = 'fs_search_documents'
/** Reads a document of any format, or some of its pages. */
export const READ_DOCUMENT = 'fs_read_document'
