import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  plugins: [react()],
  // Before Vite 8: keep the package as it is, because it loads its WebAssembly file from its own folder.
  optimizeDeps: { exclude: ["workflow-ui"] },
  // Forward requests to the workflow server, so that the page and the server have one origin.
  server: {
    proxy: { "^/(workflows|handlers|events|results|health)": process.env.WORKFLOWS ?? "http://127.0.0.1:8000" },
  },
});
