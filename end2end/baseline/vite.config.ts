// One module that a page loads by its name: what one file saves in round trips is this side's to have.

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    rolldownOptions: {
      input: "src/element.tsx",
      output: { entryFileNames: "convi-react.js" },
    },
  },
});
