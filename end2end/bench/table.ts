// Prints the measurements as a table, with each of ours as a share of React's.

import type { Left } from "../tests/support/mounted.ts";
import type { Opened } from "./opened.ts";
import type { Screen } from "./screens.ts";

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

interface Line {
  what: string;
  values: number[];
  write: (value: number) => string;
}

const whole = (value: number) => Math.round(value).toLocaleString("en");
const shift = (value: number) => value.toFixed(3);
const kilobytes = (value: number) => (value / 1000).toFixed(1);

export function table(openings: Map<Screen, Opened[]>, connected: Map<Screen, number>, remains: Map<Screen, Left[]>, times: number[]): string {
  const screens = [...openings.keys()];
  const of = (read: (one: Opened) => number) => [...openings.values()].map((all) => median(all.map(read)));
  const lines: Line[] = [
    { what: "time to a usable dialog, ms", values: of((it) => it.usable), write: whole },
    { what: "from a press of Test connection to its sentence, ms", values: of((it) => it.told), write: whole },
    { what: "long tasks until then", values: of((it) => it.longTasks), write: whole },
    { what: "their time beyond 50 ms each, ms", values: of((it) => it.blocking), write: whole },
    { what: "bytes from Convi until then, kB", values: of((it) => it.bytes), write: kilobytes },
    { what: "requests to Convi until then", values: of((it) => it.requests), write: whole },
    { what: "bytes from Convi in all, kB", values: of((it) => it.allBytes), write: kilobytes },
    { what: "layout shift", values: of((it) => it.shift), write: shift },
    { what: "layout shift with a connection", values: [...connected.values()], write: shift },
  ];
  const after = (index: number, read: (one: Left) => number) => [...remains.values()].map((all) => read(all[index] as Left));
  for (const [index, time] of times.entries()) {
    lines.push(
      { what: `JavaScript's heap after ${time} mounts, kB`, values: after(index, (it) => it.heap), write: kilobytes },
      { what: `WASM's memory after ${time} mounts, kB`, values: after(index, (it) => it.wasm), write: kilobytes },
      { what: `nodes after ${time} mounts`, values: after(index, (it) => it.nodes), write: whole },
      { what: `listeners after ${time} mounts`, values: after(index, (it) => it.listeners), write: whole },
      { what: `documents after ${time} mounts`, values: after(index, (it) => it.documents), write: whole },
    );
  }
  const rows = lines.map(({ what, values, write }) => {
    const react = values.at(-1) ?? 0;
    const cells = values.map((value, index) => {
      const last = index === values.length - 1;
      return last || react === 0 ? write(value) : `${write(value)} (${(value / react).toFixed(2)}×)`;
    });
    return `| ${what} | ${cells.join(" | ")} |`;
  });
  return [
    `| | ${screens.map(({ name }) => name).join(" | ")} |`,
    `|---|${screens.map(() => "---:").join("|")}|`,
    ...rows,
  ].join("\n");
}
