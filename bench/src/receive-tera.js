// A page with the packaged SDK.

import { connect } from "tera-client";

let heard = 0;

/** Resolves once so many events were heard. */
globalThis.heardAtLeast = async (count) => {
  while (heard < count) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Resolves once `count` events of devices were heard, with the milliseconds from the first to the last. */
globalThis.receive = (url, count) =>
  new Promise((resolve) => {
    heard = 0;
    let sum = 0;
    let start;
    connect(url).then((client) => {
      globalThis.client = client;
      client.on("DeviceEvent", (event) => {
        start ??= performance.now();
        sum += event.deviceName.length + event.type.length;
        if (++heard === count) resolve({ milliseconds: performance.now() - start, sum });
      });
    });
  });
