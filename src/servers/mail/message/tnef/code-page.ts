/** Charsets of Windows by their numbers (https://learn.microsoft.com/windows/win32/intl/code-page-identifiers). */

const OTHERS: Readonly<Record<number, string>> = {
  20127: 'us-ascii',
  20866: 'koi8-r',
  21866: 'koi8-u',
  50220: 'iso-2022-jp',
  51932: 'euc-jp',
  54936: 'gb18030',
  65000: 'utf-7',
  65001: 'utf-8',
}

export const codePage = (number: number): string =>
  OTHERS[number] ?? (number > 28590 && number < 28606 ? `iso-8859-${number - 28590}` : `cp${number}`)
