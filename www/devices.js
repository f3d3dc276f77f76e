// The devices with their battery and signal.

import { byId, dot, element } from "./dom.js";
import { parseObject } from "./json.js";
import { Roster, presence } from "./roster.js";

/** The signal strength, in dBm, from which each of the four bars is lit. */
const SIGNAL_BARS = [-95, -82, -70, -58];
/** At or below this charge, in percent, the battery bar warns. */
const LOW_BATTERY = 20;

const roster = new Roster();

/** Takes in a DeviceEvent. */
export function update(event) {
  const details = { name: event.deviceName || event.deviceUuid };
  if (event.deviceStatus) details.readings = readings(event.deviceStatus);
  roster.update(event.deviceUuid, event.type, details);
}

/** Shows the devices as they are now. */
export function render() {
  const devices = roster.sorted();
  byId("devices-count").textContent = devices.length ? presence(devices) : "";
  byId("devices").replaceChildren(...(devices.length ? devices.map(tile) : [element("li", "empty", "No device yet")]));
}

/** Servers wrap what a device reports: the report is then JSON text inside the status. */
function readings(text) {
  const outer = parseObject(text);
  return typeof outer.status === "string" ? { ...outer, ...parseObject(outer.status) } : outer;
}

function tile({ name, status, readings: { battery, charging, signal } = {} }) {
  const made = element("li", "tile", element("h3", "", name), element("p", "status", dot(status), status));
  made.dataset.status = status;
  if (Number.isFinite(battery)) made.append(batteryRow(Math.min(100, Math.max(0, battery)), charging === true));
  if (Number.isFinite(signal)) made.append(signalRow(signal));
  return made;
}

function batteryRow(percent, charging) {
  const rounded = Math.round(percent);
  const fill = element("span", "fill");
  fill.style.width = `${percent}%`;
  const bar = element("span", "bar", fill);
  bar.setAttribute("role", "meter");
  bar.setAttribute("aria-label", "Battery");
  bar.setAttribute("aria-valuenow", rounded);
  bar.setAttribute("aria-valuetext", `${rounded} percent`);
  if (rounded <= LOW_BATTERY) bar.classList.add("low");
  const row = element("p", "reading battery", bar, element("span", "value", `${rounded} %`));
  if (charging) row.append(element("span", "charging", "charging"));
  return row;
}

function signalRow(strength) {
  const bars = element("span", "signal", ...SIGNAL_BARS.map((from) => element("i", strength >= from ? "lit" : "")));
  bars.setAttribute("aria-hidden", "true");
  return element("p", "reading", bars, element("span", "value", `${Math.round(strength)} dBm`));
}
