// What a service says when a method of its contract fails.

import { TeraError } from "./errors.js";

/** What a service says when a method fails: the `cause` of a `remote_error`. */
export interface Failure {
  /** What a program can decide on: the service's own, or `unknown_method`, `invalid_request`, `busy`, `timeout`, `internal`. */
  readonly code: string;
  /** How and where it went wrong. */
  readonly description: string;
  /** What to do about it; may be empty. */
  readonly help: string;
}

/** What the service said, if this is the error of a method that failed. */
export function failureOf(error: unknown): Failure | undefined {
  const cause = error instanceof TeraError && error.code === "remote_error" ? error.cause : undefined;
  return (cause as { $type?: string } | undefined)?.$type === "tera.contract.v1.Failure" ? (cause as Failure) : undefined;
}

/** The error of a method that failed. */
export function failed(failure: Failure): TeraError {
  return new TeraError("remote_error", failure.description, failure.help, { cause: failure });
}
