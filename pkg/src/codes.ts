// What it means for what the gateway does for a client that it was asked for it and failed with these codes.

/** The client is closed: nothing goes on for it. */
export const OVER = /closed|logged_out|unauthorized|protocol_violation/;
/** What can't be done now may be done later. */
export const LATER = /timeout|uncertain|unavailable|queue_full/;
/** The gateway has perhaps not been told; `unavailable` is its own answer. */
export const UNTOLD = /timeout|uncertain|queue_full/;
/** It may have been done all the same. */
export const UNSURE = /timeout|uncertain/;

/** When it is tried again, in milliseconds. */
export const AGAIN = 1000;
