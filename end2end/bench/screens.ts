// The three screens: ours in a frame, ours in the host's page, and the same screen in React.

export interface Screen {
  name: string;
  mode: "frame" | "inline";
  /** The script that defines `<convi-integrations>`. */
  script: string;
  /** Whether a module later takes over what is shown. */
  hydrates: boolean;
}

const OURS = "embed/v1/convi-integrations.js";

export const SCREENS: readonly [Screen, Screen, Screen] = [
  { name: "Convi, frame", mode: "frame", script: OURS, hydrates: true },
  { name: "Convi, inline", mode: "inline", script: OURS, hydrates: true },
  { name: "React, inline", mode: "inline", script: "embed/v1/convi-react.js", hydrates: false },
];
