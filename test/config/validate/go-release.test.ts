import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../src/config/argv.ts';
import { AGENT_FLAGS } from '../../../src/config/options.ts';
import { findingsIn, reportOn } from './check.ts';

/** Files of the forms that operators of the Go releases have: keys in quotes, bare numbers, HCL 1 throughout. */
const QUOTED_JOB = `
job "shop" {
  datacenters = ["dc1"]
  type        = "service"
  update {
    max_parallel = 1
    stagger      = "10s"
  }
  group "basket" {
    count = 3
    meta {
      "replicator_cooldown"         = 50
      "replicator_enabled"          = true
      "replicator_max"              = 10
      "replicator_min"              = 1
      "replicator_notification_uid" = "SHOP1"
      "replicator_retry_threshold"  = 1
      "replicator_scalein_cpu"      = 30
      "replicator_scalein_mem"      = 30
      "replicator_scaleout_cpu"     = 80
      "replicator_scaleout_mem"     = 80
    }
    task "store" {
      driver = "docker"
      config {
        image = "registry.example/store:3"
        port_map {
          db = 6379
        }
      }
      resources {
        cpu    = 500 # MHz
        memory = 256 // MiB
        network {
          mbits = 10
          port "db" {}
        }
      }
      service {
        name = "store"
        tags = ["shop", "store"]
        port = "db"
        check { name = "alive" type = "tcp" interval = "10s" timeout = "2s" }
      }
    }
  }
}
`;

const AGENT_JOB = `
job "replicator" {
  datacenters = ["dc1"]
  region      = "global"
  update { stagger = "10s" max_parallel = 1 }
  meta { VERSION = "v1.0.3" }
  constraint { distinct_hosts = true }
  group "replicator" {
    count = 2
    task "replicator" {
      driver = "exec"
      constraint {
        attribute = "\${attr.kernel.name}"
        value     = "linux"
      }
      config {
        command = "\${attr.kernel.name}-\${attr.cpu.arch}-replicator"
        args    = [
          "agent",
        ]
      }
      artifact {
        source = "https://example.com/\${NOMAD_META_VERSION}/\${attr.kernel.name}-replicator"
      }
      resources { cpu = 250 memory = 60 network { mbits = 5 } }
    }
  }
}
`;

const CLIENT = `
bind_addr = "0.0.0.0"
client {
  enabled =  true
  meta {
    "replicator_cooldown"             = 400
    "replicator_enabled"              = true
    "replicator_node_fault_tolerance" = 1
    "replicator_notification_uid"     = "POOL1"
    "replicator_provider"             = "aws"
    "replicator_region"               = "us-east-1"
    "replicator_retry_threshold"      = 3
    "replicator_scaling_threshold"    = 3
    "replicator_worker_pool"          = "workers"
  }
}
`;

describe('what operators of the Go releases have is good as it is', () => {
  test('a job whose keys are in quotes: only newer Nomads mind', () => {
    expect(reportOn(QUOTED_JOB)).toMatchObject({ kind: 'job', syntax: 'HCL 1' });
    expect(findingsIn(QUOTED_JOB)).toEqual([
      expect.stringMatching(
        /^12: replicator_cooldown: warning: a key in quotes needs = before the { around it: this is HCL 1/,
      ),
    ]);
  });

  test.each([
    ['the job of the agent itself', AGENT_JOB, 'job'],
    ['a client configuration', CLIENT, 'client'],
    [
      'what init wrote for jobs',
      QUOTED_JOB.slice(QUOTED_JOB.indexOf('    meta {'), QUOTED_JOB.indexOf('    task "store"')),
      'job',
    ],
    [
      'what init wrote for clients',
      CLIENT.slice(CLIENT.indexOf('  meta {'), CLIENT.lastIndexOf('}')).replace(
        'replicator_cooldown',
        'replicator_cool_down',
      ),
      'client',
    ],
  ])('%s', (_name, text, kind) => {
    expect(reportOn(text)).toMatchObject({ kind, syntax: 'HCL 1' });
    const faults = reportOn(text).findings.filter(({ severity }) => severity === 'fault');
    expect(faults).toEqual([]);
  });

  test.each([
    [['-config=/etc/replicator.d/']],
    [['-config', '/etc/replicator.d']],
    [['-consul=localhost:8500', '-nomad=http://localhost:4646', '-log-level=DEBUG', '-dev']],
    [['-job-scaling-disable', '-cluster-scaling-interval=30', '-statsd-address=10.0.0.1:8125']],
    [['-pagerduty-service-key=x', '-cluster-identifier=prod', '-opsgenie-api-key=y', '-consul-key-root=a/b']],
  ])('the flags of a unit file: %j', (argv) => {
    const { faults, words } = parseArguments(AGENT_FLAGS, argv);
    expect([faults, words]).toEqual([[], []]);
  });
});
