import { vi } from 'vitest';

/** Variables with which the AWS SDK finds an endpoint and credentials, and looks at nothing else of this machine. */
export function awsEnvironment(url: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'no-secret',
    ...lonelyAws(),
  };
}

/** Variables that keep the SDK from finding anything. */
export function lonelyAws(): Readonly<Record<string, string>> {
  return {
    AWS_CONFIG_FILE: '/nonexistent/aws-config',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/aws-credentials',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Sets variables in this process until the test ends; everything else of AWS's is gone meanwhile. */
export function stubAws(variables: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}
