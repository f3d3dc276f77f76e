// A page with a bare WebSocket and JSON.parse.

globalThis.receive = (url, count) =>
  new Promise((resolve) => {
    let heard = 0;
    let sum = 0;
    let start;
    new WebSocket(url).onmessage = ({ data }) => {
      start ??= performance.now();
      for (const event of JSON.parse(data).message.events) {
        sum += event.deviceName.length + event.type.length;
        if (++heard === count) resolve({ milliseconds: performance.now() - start, sum });
      }
    };
  });
