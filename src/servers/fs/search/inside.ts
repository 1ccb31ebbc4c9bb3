/** Whether a path lies below a folder; both from the top folder. */
export const isBelow = (path: string, folder: string): boolean =>
  path !== folder && path.startsWith(folder === '/' ? '/' : `${folder}/`)
