import { createRequire } from 'node:module';
import type * as AutoScalingSdk from '@aws-sdk/client-auto-scaling';
import type * as Ec2Sdk from '@aws-sdk/client-ec2';

/** The SDK's clients by service, named as in IAM. */
export interface SdkClients {
  readonly autoscaling: AutoScalingSdk.AutoScaling;
  readonly ec2: Ec2Sdk.EC2;
}

export type ServiceName = keyof SdkClients;

/** What both clients are configured with. */
export type SdkConfig = Pick<
  AutoScalingSdk.AutoScalingClientConfig & Ec2Sdk.EC2ClientConfig,
  | 'region'
  | 'endpoint'
  | 'credentials'
  | 'maxAttempts'
  | 'retryMode'
  | 'requestHandler'
  | 'defaultsMode'
  | 'userAgentAppId'
  | 'useDualstackEndpoint'
  | 'useFipsEndpoint'
  | 'systemClockOffset'
  | 'authSchemePreference'
  | 'disableClockSkewCorrection'
>;

const SILENCER = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

/** require() of these CommonJS packages takes half the time of import(), which looks through all their exports first. */
const load = createRequire(import.meta.url);

const makers: { readonly [Service in ServiceName]: (config: SdkConfig) => SdkClients[Service] } = {
  autoscaling: (config) => {
    const sdk: typeof AutoScalingSdk = load('@aws-sdk/client-auto-scaling');
    return new sdk.AutoScaling(config);
  },
  ec2: (config) => {
    const sdk: typeof Ec2Sdk = load('@aws-sdk/client-ec2');
    return new sdk.EC2(config);
  },
};

/** A client; the first one of a service loads its part of the SDK (0.1 s, 0.5 s for ec2, synchronously). */
export function makeClient<Service extends ServiceName>(
  service: Service,
  config: SdkConfig,
): SdkClients[Service] {
  return withoutVersionWarning(() => makers[service](config));
}

/** The SDK warns once a process of the Node release it runs on, on stderr: that is no user's business. */
function withoutVersionWarning<T>(make: () => T): T {
  const before = process.env[SILENCER];
  process.env[SILENCER] = 'true';
  try {
    return make();
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, SILENCER);
    else process.env[SILENCER] = before;
  }
}
