// The engine's JSON.parse, bare.

import { camel } from "../objects.js";

export const style = camel;
export const start = async () => (text) => JSON.parse(text).message;
export const header = (result) => result.header;
export const events = (result) => result.events;
