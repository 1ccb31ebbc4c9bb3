/** What is never searched: what programs made for themselves, and what was thrown away. */
import type { SurveyedFolder } from '../confined/survey.ts'

/** Folders of these names, wherever they are. */
const FOLDERS: Readonly<Record<string, string>> = {
  node_modules: 'it holds packages that were downloaded',
  bower_components: 'it holds packages that were downloaded',
  __pycache__: 'it is a cache',
  $RECYCLE: 'it is the trash',
  '$RECYCLE.BIN': 'it is the trash',
  'System Volume Information': 'it belongs to the system',
  'lost+found': 'it belongs to the system',
}

/** The signature of https://bford.info/cachedir/ */
const CACHE_TAG = 'CACHEDIR.TAG'
const CACHE_SIGNATURE = 'Signature: 8a477f597d28d172789f06886806bc55'
/** What virtual environments of Python have. */
const PYTHON_ENVIRONMENT = 'pyvenv.cfg'
const MAX_MARK_BYTES = 64 * 1024

/** Why something of this name is left out; undefined where it is not. Goes on after "since". */
export function whyNameLeftOut(name: string, kind: 'file' | 'folder'): string | undefined {
  if (name.startsWith('.'))
    return `names that begin with a dot are hidden, and what is hidden is not searched`
  return kind === 'folder' && Object.hasOwn(FOLDERS, name) ? FOLDERS[name] : undefined
}

/** Why a folder is left out for what is in it. Goes on after "since". */
export function whyFolderLeftOut(folder: SurveyedFolder): string | undefined {
  if (holds(folder, CACHE_TAG, (text) => text.startsWith(CACHE_SIGNATURE)))
    return `it says by ${CACHE_TAG} that it is a cache`
  if (holds(folder, PYTHON_ENVIRONMENT, () => true)) return 'it holds packages of Python that were downloaded'
  return undefined
}

function holds(folder: SurveyedFolder, name: string, is: (text: string) => boolean): boolean {
  try {
    const content = folder.read(name, MAX_MARK_BYTES)
    return content !== undefined && is(content.toString('latin1'))
  } catch {
    return false
  }
}
