// What the tests do with a generated client. A line after `@ts-expect-error` that compiles is an error.

import { connect, type Client, TeraError, type UserEvent } from "tera-client";
import { failureOf, Service } from "tera-client/contracts";
import { TrialClient, type TrialV1Number, type TrialV1Text } from "./trial.js";

export { connect, failureOf, Service, TeraError, TrialClient };

export async function typed(client: Client): Promise<void> {
  const trial = new TrialClient(client);
  (await trial.echo({ text: "é" })) satisfies TrialV1Text;
  (await trial.event({})) satisfies UserEvent;
  for await (const each of trial.count({ last: 3, failure: "" }, { signal: new AbortController().signal })) {
    each satisfies TrialV1Number;
    each.number satisfies bigint;
  }
  // @ts-expect-error: there is no such field
  await trial.echo({ texts: "é" });
  // @ts-expect-error: the text is a string
  await trial.echo({ text: 1 });
  // @ts-expect-error: there is no such method
  await trial.sing({});
  // @ts-expect-error: it streams
  (await trial.count({})).number;
}
