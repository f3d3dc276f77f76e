// What the module calls, where only some of it matters.

const silent = new Proxy({}, { get: () => () => undefined });

/** A host that has these functions and does nothing in all others. */
export const quietHost = (functions) => Object.assign(Object.create(silent), functions);
