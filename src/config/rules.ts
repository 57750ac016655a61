import type { GivenValue } from './contents.ts';
import type { ConfigFault } from './fault.ts';
import type { OptionKey } from './options.ts';
import { faultAt } from './setting.ts';

type Given = ReadonlyMap<string, GivenValue>;

/** What must hold between options; each rule gives its fault or nothing. */
type Rule = (given: Given) => ConfigFault | undefined;

const RULES: readonly Rule[] = [
  needs('service_id', 'group', 'needs a group'),
  needs('nomad_client_cert', 'nomad_client_key', 'needs NOMAD_CLIENT_KEY as well'),
  needs('nomad_client_key', 'nomad_client_cert', 'needs NOMAD_CLIENT_CERT as well'),
  needs('consul_client_cert', 'consul_client_key', 'needs CONSUL_CLIENT_KEY as well'),
  needs('consul_client_key', 'consul_client_cert', 'needs CONSUL_CLIENT_CERT as well'),
];

/** Every rule that the settings break. */
export function checkRules(given: Given): readonly ConfigFault[] {
  return RULES.flatMap((rule) => rule(given) ?? []);
}

function needs(key: OptionKey, other: OptionKey, message: string): Rule {
  return (given) => {
    const setting = given.get(key);
    return setting === undefined || given.has(other) ? undefined : faultAt(setting.source, message);
  };
}
