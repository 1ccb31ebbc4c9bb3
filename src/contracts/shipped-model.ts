/** What the embedding model that the project comes with is known by: in the settings of searching, and in requests for vectors. */
export const SHIPPED_MODEL = 'use-lite'
