// A worker that does nothing: what Node itself takes.
process.on('message', ({ id }) => process.send({ id, heldBytes: 0, result: true }))
