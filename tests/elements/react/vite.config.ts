import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  plugins: [react()],
  // The package finds its program beside itself: before Vite 8 the development server has to leave it where it is.
  optimizeDeps: { exclude: ["workflow-ui"] },
  // The workflows at the page's own origin, as they are below a deployment.
  server: {
    proxy: { "^/(workflows|handlers|events|results|health)": process.env.WORKFLOWS ?? "http://127.0.0.1:8000" },
  },
});
