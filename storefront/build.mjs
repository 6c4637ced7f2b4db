// Bundles the chat's modules into one script: `node build.mjs OUTPUT [--minify]` in this folder.

import { build } from "esbuild";

const [output, ...options] = process.argv.slice(2);
const shared = { bundle: true, charset: "utf8", logLevel: "warning" };

// CSS becomes text, with only its whitespace removed: a rewritten computed colour might not work in some browser.
const styles = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await build({ ...shared, entryPoints: [path], minifyWhitespace: true, write: false });
      return { contents: outputFiles[0].text.trim(), loader: "text" };
    });
  },
};

await build({
  ...shared,
  entryPoints: ["src/convi-chat.ts"],
  outfile: output,
  format: "esm",
  target: "es2022",
  minify: options.includes("--minify"),
  plugins: [styles],
});
