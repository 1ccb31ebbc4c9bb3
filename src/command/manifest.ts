/** What was installed is written down in this file, in the folder of the programs; without it nothing was. */
export const MANIFEST = 'installed.json'
