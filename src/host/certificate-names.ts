/** The names and addresses that a certificate is for. */
import type { X509Certificate } from 'node:crypto'
import { canonicalHost } from './reached-as.ts'

/** In their order, each as `canonicalHost` writes it. */
export const certificateNames = ({ subjectAltName = '' }: X509Certificate): string[] =>
  subjectAltName
    .split(', ')
    .filter((name) => name !== '')
    .map((name) => canonicalHost(name.replace(/^[^:]*:/, '')))
