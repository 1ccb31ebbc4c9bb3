/** Where WebSockets are. */
export const WEBSOCKET_PATH = '/ws'
