// A page that is written against a contract: it shows a temperature as it changes, and sets its target.

import { connect, TeraError } from "tera-client/inline";
import { failureOf } from "tera-client/contracts";
import { ThermostatClient } from "./thermostat.js";

const ROOM = "kitchen";

const client = await connect(async () => {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ name: "demo", password: "demo" });
  const response = await fetch("/api/login", { method: "POST", headers, body });
  if (response.status === 401 || response.status === 403) throw new TeraError("unauthorized", "The login was refused.");
  if (!response.ok) throw new Error(`The login was answered with ${response.status}.`);
  return (await response.json()).websocket_url as string;
});
const thermostat = new ThermostatClient(client);
const element = (id: string) => document.getElementById(id)!;

document.querySelector("form")!.addEventListener("submit", async (event) => {
  event.preventDefault();
  const celsius = (element("target") as HTMLInputElement).valueAsNumber;
  try {
    await thermostat.setTarget({ room: ROOM, celsius });
    element("failure").textContent = "";
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    element("failure").textContent = `${failure.description}. ${failure.help}`;
  }
});

for await (const { celsius, target, heating } of thermostat.watchTemperature({ name: ROOM })) {
  const how = heating ? "heating up" : celsius > target ? "cooling down" : "kept";
  element("now").textContent = `${celsius.toFixed(1)} °C, ${how} to ${target} °C`;
}
