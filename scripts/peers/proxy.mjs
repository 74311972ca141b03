import http from 'node:http';
import httpProxy from 'http-proxy';

const [target, port] = process.argv.slice(-2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
const proxy = httpProxy.createProxyServer({ target, agent, ws: true });
proxy.on('error', (error, request, response) => response?.destroy?.(error));
const server = http.createServer((request, response) => proxy.web(request, response));
server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
server.listen(Number(port), '127.0.0.1');
process.on('SIGINT', () => process.exit());
