/** What the request state of a call begins with that is held while its client is asked: repeated with it, the call goes on. */
export const HELD_STATE = 'held.'
