// `npm run chaos`: loads the suite's TypeScript through vitest's own vite and runs it in this process.
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const root = fileURLToPath(new URL('../..', import.meta.url));
const server = await createViteServer({
  root,
  configFile: false,
  logLevel: 'warn',
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, ws: false, hmr: false, watch: null },
});
try {
  const { runChaos } = await server.ssrLoadModule('/test/chaos/main.ts');
  process.exitCode = await runChaos(process.argv.slice(2));
} finally {
  await server.close();
}
