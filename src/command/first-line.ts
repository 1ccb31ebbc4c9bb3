/** Texts of others in lists, where each has one line. */

/** A line with something in it that can be seen. */
const LINE = /^.*[^\s\p{Cc}\p{Default_Ignorable_Code_Point}].*$/mu

/** The first line of a text that says something, without the space around it; empty where none does. */
export const firstLine = (text: string): string => LINE.exec(text)?.[0].trim() ?? ''
