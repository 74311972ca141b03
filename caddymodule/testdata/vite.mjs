// Serves the folder that is named by Vite, on a port that the kernel chose.
import http from "node:http";
import { createServer } from "vite";

const server = http.createServer();
const vite = await createServer({
  root: process.argv[1],
  configFile: false,
  logLevel: "error",
  server: { middlewareMode: true, hmr: { server } },
});
server.on("request", vite.middlewares);
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
