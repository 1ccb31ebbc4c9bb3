/** JSON texts on their way through. */

/** A text ends with its line on the way, so that line breaks between its tokens must go. */
export const oneLine = (text: string, value: unknown): string =>
  /[\n\r]/.test(text) ? JSON.stringify(value) : text
