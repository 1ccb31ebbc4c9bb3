/** Where WebSockets are, and what asks for one: RFC 6455, section 4.2.1. */
import type { IncomingMessage } from 'node:http'
import { readTarget } from './target.ts'

export const WEBSOCKET_PATH = '/ws'

export const asksForWebSocket = ({ method, url = '/', headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  headers.upgrade?.toLowerCase() === 'websocket' &&
  readTarget(url).path === WEBSOCKET_PATH
