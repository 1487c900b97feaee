import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  plugins: [react()],
  // The package finds its program beside itself: the development server must leave it where it is.
  optimizeDeps: { exclude: ["workflow-ui"] },
});
