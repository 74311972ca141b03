import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  clearScreen: false,
  // devproxy chooses the port and says so in PORT; another one it would not find
  server: { host: "127.0.0.1", port: Number(process.env.PORT), strictPort: true },
});
