// `npm run chaos`: loads the suite's TypeScript through vitest's own vite and runs it in this process.
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

/** An end by a signal is an end all the same: whatever was started is ended with it. */
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])) {
  process.once(signal, () => process.exit(code));
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const server = await createViteServer({
  root,
  configFile: false,
  logLevel: 'warn',
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, ws: false, hmr: false, watch: null },
});
let code = 1;
try {
  const { runChaos } = await server.ssrLoadModule('/test/chaos/main.ts');
  code = await runChaos(process.argv.slice(2));
} finally {
  await server.close();
}
// At once: what Node clears away when a process ends by itself can spin for ever where sockets were reset.
process.exit(code);
