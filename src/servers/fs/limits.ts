/** Bounds of this server. Without them one call could hold any amount of memory, descriptors or time. */

/**
 * The most that one reply carries of text. A reply holds it twice (as content and structured), escaped, and
 * must fit into one message.
 */
export const MAX_TEXT_BYTES = 4 * 1024 * 1024
/** The longest text as it stands in JSON: escapes can make it six times as long. */
export const MAX_TEXT_JSON_BYTES = 7 * 1024 * 1024
/** How far into a file lines are counted, in bytes: beyond what is searched of one. */
export const MAX_LINES_BYTES = 64 * 1024 * 1024
/** The most bytes of a binary file in one reply, which holds them twice, in base64. */
export const MAX_MEDIA_BYTES = 5 * 1024 * 1024
/** The largest file that can be edited. */
export const MAX_EDIT_BYTES = 8 * 1024 * 1024
/** The most that edits may read through: each reads the whole text. */
export const MAX_EDIT_WORK_CHARS = 256 * 1024 * 1024
/** What is read through at once; more is a job. */
export const MAX_EDIT_WORK_HERE_CHARS = 1024 * 1024
/** How much of a diff is shown. */
export const MAX_DIFF_CHARS = 256 * 1024

/** Entries of one page of a listing. */
export const DEFAULT_PAGE = 1000
export const MAX_PAGE = 10_000
/** Entries of one folder that a traversal considers; a listing pages through any number. */
export const MAX_TRAVERSED_PER_FOLDER = 100_000
/** Entries that a traversal holds of all folders that it is in: each of its levels could have as many as one folder. */
export const MAX_TRAVERSED_AT_ONCE = 250_000
/** Matches of a search. */
export const DEFAULT_MATCHES = 1000
export const MAX_MATCHES = 10_000
/** Characters of one glob pattern, and of all that a call excludes by. */
export const MAX_PATTERN_CHARS = 1000
export const MAX_PATTERNS_CHARS = 10_000
/** Nodes of a tree. */
export const MAX_TREE_NODES = 10_000

/** Names of a path, and levels of folders: each holds a descriptor while it is worked on. */
export const MAX_DEPTH = 256
/** Symbolic links followed for one path, as in the kernel. */
export const MAX_LINKS = 40
/** Names walked along for one path, those of links with it: a link may go to and fro as long as its target is. */
export const MAX_WALKED = 2000

/** Paragraphs of one page of a document. */
export const DEFAULT_PARAGRAPHS = 1000

/** The largest Word document, packed, and the most parts in it. */
export const MAX_DOCX_BYTES = 32 * 1024 * 1024
export const MAX_DOCX_PARTS = 5000
/** The most headers, footers and collections of notes that are read. */
export const MAX_DOCX_TEXT_PARTS = 500
/** The most XML that its text may be, how deep it may nest, and the most paragraphs: some ten thousand pages. */
export const MAX_DOCX_XML_BYTES = 32 * 1024 * 1024
export const MAX_DOCX_DEPTH = 256
/** The most attributes of one element; Word writes some forty, for names of its namespaces. */
export const MAX_DOCX_ATTRIBUTES = 1000
export const MAX_DOCX_PARAGRAPHS = 200_000

/** The largest document that is read as one. */
export const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
/** A larger file is believed by its name that it is none, such as a film: to find out, all of it would be read. */
export const MAX_TRIED_BYTES = 1024 * 1024
/** How much of its text is in one reply: some six pages of a book, which are 3000 tokens, or up to 6000 where it is full of numbers. */
export const DEFAULT_DOCUMENT_CHARS = 12_000
export const MAX_DOCUMENT_CHARS = 1_000_000

/** The largest file that v1 clients read, since they know no ranges, or append to. */
export const MAX_WHOLE_FILE_BYTES = 10 * 1024 * 1024
export const MAX_APPENDED_BYTES = 64 * 1024 * 1024
/** Entries of one folder that v1 clients get, since they know no pages. */
export const MAX_WHOLE_FOLDER = 50_000

/** The largest file that is saved as bytes, what all that have not come whole may hold, and how long one waits for its next piece. */
export const MAX_SAVED_BYTES = 32 * 1024 * 1024
export const MAX_UNSAVED_BYTES = 96 * 1024 * 1024
export const UNSAVED_MS = 60_000
/** How many names are tried beside one that is taken. */
export const MAX_NUMBERED = 1000
