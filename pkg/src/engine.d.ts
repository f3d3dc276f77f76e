// What engines have beyond the standard.

interface ErrorConstructor {
  /** In V8: writes into `error.stack` from where this is called, with those who wait for it. */
  captureStackTrace?(error: Error): void;
}
