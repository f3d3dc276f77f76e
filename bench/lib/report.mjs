// Prints figures as tables and writes them to a file.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

/** The options of the command line. */
export function options() {
  const { values } = parseArgs({ options: { json: { type: "string" }, rounds: { type: "string", default: "9" }, peers: { type: "boolean" }, check: { type: "boolean" } } });
  return { ...values, rounds: Number(values.rounds) };
}

/** Prints rows of cells in columns; the first is aligned left, the others right. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) {
    console.log(row.map((cell, column) => (column ? String(cell).padStart(widths[column]) : String(cell).padEnd(widths[column]))).join("  "));
  }
}

/** Three significant figures. */
export const figure = (number) => (number >= 100 ? number.toFixed(0) : number.toPrecision(3));

/** Writes the rows, if a file was asked for. */
export async function save(file, rows) {
  if (file) await writeFile(file, `${JSON.stringify(rows, undefined, 1)}\n`);
}

/** Prints what should hold beside what was measured: `[name, measured, "≥" or "≤", limit]`. */
export function verdicts(title, goals) {
  console.log(`\n${title}`);
  table(goals.map(([name, measured, relation, limit]) => {
    const holds = relation === "≥" ? measured >= limit : measured <= limit;
    return [name, `${figure(measured)}×`, `${relation} ${limit}×`, holds ? "ok  " : "MISS"];
  }));
}
