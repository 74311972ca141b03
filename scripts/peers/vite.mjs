import { createServer } from 'vite';

const [target, port, root] = process.argv.slice(-3);
const server = await createServer({
  root, configFile: false, logLevel: 'error', appType: 'custom',
  server: { host: '127.0.0.1', port: Number(port), strictPort: true, proxy: { '^/.*': { target } } },
});
await server.listen();
process.on('SIGINT', () => process.exit());
