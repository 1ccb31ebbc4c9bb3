/** All tools, in the order in which they are listed. */
import { createDirectory } from './create-directory.ts'
import { deleteFile } from './delete-file.ts'
import { directoryTree } from './directory-tree.ts'
import { readDocxParagraphs, updateDocxParagraphs } from './docx-paragraphs.ts'
import { editFile } from './edit-file.ts'
import { findSimilar } from './find-similar.ts'
import { getFileInfo } from './get-file-info.ts'
import { indexAdd } from './index-add.ts'
import { indexRemove } from './index-remove.ts'
import { indexStatus } from './index-status.ts'
import { listAllowedDirectories } from './list-allowed-directories.ts'
import { listDirectory } from './list-directory.ts'
import { listDirectoryWithSizes } from './list-directory-with-sizes.ts'
import { moveFile } from './move-file.ts'
import { readDocument } from './read-document.ts'
import { readMediaFile } from './read-media-file.ts'
import { readMultipleFiles } from './read-multiple-files.ts'
import { readTextFile } from './read-text-file.ts'
import { saveFile } from './save-file.ts'
import { searchDocuments } from './search-documents.ts'
import { searchFiles } from './search-files.ts'
import { searchModels } from './search-models.ts'
import { writeFile } from './write-file.ts'

export const tools = [
  searchDocuments,
  readTextFile,
  readDocument,
  readMediaFile,
  readMultipleFiles,
  writeFile,
  saveFile,
  editFile,
  createDirectory,
  listDirectory,
  listDirectoryWithSizes,
  directoryTree,
  moveFile,
  searchFiles,
  getFileInfo,
  listAllowedDirectories,
  deleteFile,
  readDocxParagraphs,
  updateDocxParagraphs,
  findSimilar,
  indexStatus,
  indexAdd,
  indexRemove,
  searchModels,
]
