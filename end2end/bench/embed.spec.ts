// Compares the embedded screen with the same screen in React (end2end/baseline) in one run: `cargo xtask bench embed`.

import { Api } from "../tests/support/api.ts";
import { connectToSave, panel, test } from "../tests/support/embedded.ts";
import { POLICY } from "../tests/support/host.ts";
import { type Left, mounted } from "../tests/support/mounted.ts";
import { expect } from "../tests/support/test.ts";
import { type Opened, opened, SLOW } from "./opened.ts";
import { SCREENS, type Screen } from "./screens.ts";
import { table } from "./table.ts";

const ROUNDS = Number(process.env.CONVI_BENCH_ROUNDS ?? 5);
/** After a few mounts, everything that is created once exists. */
const TIMES = [10, 100];
/** What 100 more mounts may leave behind: no nodes or listeners, and only bytes that the collector has not reached. */
const MAY_GROW: Left = { nodes: 0, listeners: 0, documents: 0, heap: 200_000, wasm: 65_536 };

test("the embedded screen compared with React", async ({ browser, page, host, embedded, merchant, account }) => {
  const own = await embedded.token(merchant, "owner");
  const api = new Api(embedded, merchant, own);
  /** The token of the screen's merchant. Each round has its own merchant, because a merchant may test only so often per minute. */
  let token = own;
  /**
   * The host uses Convi's own host name, like a dashboard under the same domain, so page and frame share a process.
   */
  const address = (screen: Screen, count = 1) => {
    host.settings = { token: async () => token, policy: POLICY, convi: embedded.url, script: screen.script };
    return `${host.near}/settings?mode=${screen.mode}&count=${count}`;
  };

  for (const screen of SCREENS) {
    await test.step(`${screen.name}: from Connect to Save`, async () => {
      await page.goto(address(screen));
      await connectToSave(panel(page, screen.mode), account.credentials);
      expect((await api.integration()).state).toBe("connected");
      await api.disconnect();
    });
  }
  await page.goto("about:blank");

  const openings = new Map<Screen, Opened[]>(SCREENS.map((screen) => [screen, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    token = await embedded.token(`${merchant}-${round}`, "owner");
    for (const screen of SCREENS) {
      await test.step(`${screen.name}: round ${round + 1}`, async () => {
        openings.get(screen)?.push(await opened(browser, screen, address(screen), embedded.url));
      });
    }
  }

  const connected = new Map<Screen, number>();
  token = own;
  await api.connect(account.credentials);
  for (const screen of SCREENS) {
    await test.step(`${screen.name}: with a connection`, async () => {
      connected.set(screen, (await opened(browser, screen, address(screen), embedded.url)).shift);
    });
  }

  const remains = new Map<Screen, Left[]>();
  for (const screen of SCREENS) {
    await test.step(`${screen.name}: ${TIMES.at(-1)} mounts`, async () => {
      remains.set(screen, await mounted(browser, address(screen, 0), TIMES));
    });
  }

  console.log(
    `\nThe dialog, cold, with a CPU ${SLOW.cpu}× slower, ${SLOW.down / 1e6} Mbit/s and ${SLOW.latency} ms a round trip: ` +
      `median of ${ROUNDS}\n\n${table(openings, connected, remains, TIMES)}\n`,
  );
  for (const [screen, results] of openings) {
    const shifts = [...results.map(({ shift }) => shift), connected.get(screen) ?? 0];
    expect.soft(Math.max(...shifts), `${screen.name}: the layout shifts`).toBe(0);
  }
  for (const [screen, [early, late]] of remains) {
    if (!early || !late) throw new Error(`${screen.name} was not mounted`);
    for (const what of Object.keys(MAY_GROW) as (keyof Left)[]) {
      expect.soft(late[what] - early[what], `${screen.name}: growth of ${what}`).toBeLessThanOrEqual(MAY_GROW[what]);
    }
  }
});
