// One module that a page loads by its name. React gets the benefit of the round trips that a single file saves.

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
