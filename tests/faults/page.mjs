// What runs in the page: clients that write down which events they heard and how their calls ended.

/** Starts a client for each login; the functions that the test calls are globals. */
export async function startClients({ folder, logins, options }) {
  const { connect } = await import(`${folder}/dist/index.js`);

  async function url(login) {
    const body = JSON.stringify({ name: login, password: "faults" });
    const response = await fetch("/api/login", { method: "POST", headers: { "content-type": "application/json" }, body });
    return (await response.json()).websocket_url;
  }

  async function start(login, index) {
    const record = { heard: [], gaps: [], calls: 0, settled: 0, wrong: [], errors: {}, resyncs: 0, losses: [] };
    const client = await connect(() => url(login), options);
    client.on("DeviceEvent", ({ type, deviceName }) => type === "DEVICE_STATUS_CHANGED" && record.heard.push(Number(deviceName)));
    client.on("gap", (gap) => record.gaps.push(gap));
    client.on("resync", () => record.resyncs++);
    client.on("state", ({ name, error }) => name === "disconnected" && record.losses.push(error.message));
    client.on("warning", ({ code }) => (record.errors[code] = (record.errors[code] ?? 0) + 1));
    return { client, record, index };
  }

  const all = await Promise.all(logins.map(start));

  /** Each client makes the next calls; each call is of a number of its own. */
  globalThis.callAll = (count) => {
    for (const { client, record, index } of all) {
      for (let each = 0; each < count; each++) {
        const number = index * 1e6 + record.calls++;
        client.call("service.FaultService", "count", [number], { timeout: 60_000 }).then(
          (value) => {
            record.settled++;
            if (value !== number) record.wrong.push([number, value]);
          },
          ({ code }) => {
            record.settled++;
            record.errors[code] = (record.errors[code] ?? 0) + 1;
          },
        );
      }
    }
  };

  globalThis.records = () => all.map(({ record, client }) => ({ ...record, heard: undefined, count: record.heard.length, state: client.state.name, stats: client.state.name === "closed" ? undefined : client.stats() }));
  globalThis.heardBy = (index) => all[index].record.heard;
}
