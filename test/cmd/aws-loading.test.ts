import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { awsEnvironment } from '../support/aws-environment.ts';
import { childEnvironment } from '../support/children.ts';

const dist = new URL('../../dist/src/', import.meta.url);

/** Asks a provider for one thing of each service, where nobody listens, and tells which clients were loaded when. */
const script = `
  import { createRequire } from 'node:module';
  const { createScalingProvider } = await import('${new URL('adapters/aws/provider.js', dist).href}');
  const { systemClock } = await import('${new URL('adapters/system/clock.js', dist).href}');
  const { createWriteAgent } = await import('${new URL('adapters/system/write-agent.js', dist).href}');
  const { cache } = createRequire('${fileURLToPath(dist)}');
  const loaded = () => [
    ...new Set(Object.keys(cache).flatMap((path) => /@aws-sdk.(client-[a-z0-9-]+)/.exec(path)?.[1] ?? [])),
  ];
  const seen = [loaded()];
  const provider = createScalingProvider({ clock: systemClock(), writeAgent: createWriteAgent });
  seen.push(loaded());
  const permit = { assertHeld() {}, signal: new AbortController().signal };
  await provider.detach({ pool: 'a', region: 'eu-west-1' }, 'i-1', permit).catch(() => undefined);
  seen.push(loaded());
  await provider.terminate('eu-west-1', 'i-1', permit).catch(() => undefined);
  seen.push(loaded());
  await provider.close();
  const silencer = process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'];
  process.stdout.write(JSON.stringify({ seen, silencer: silencer ?? 'unset' }));
`;

test('the AWS SDK is loaded when it is used, says nothing, and does not keep the program alive', async () => {
  const env = childEnvironment(awsEnvironment('http://127.0.0.1:1'));
  const args = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env, timeout: 20_000 });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    seen: [[], [], ['client-auto-scaling'], ['client-auto-scaling', 'client-ec2']],
    silencer: 'unset',
  });
});
