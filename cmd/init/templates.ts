import { GROUP_KEYS } from '../../src/domain/policy/group-policy.ts';
import { POOL_KEYS } from '../../src/domain/policy/pool-policy.ts';
import { metaBlock } from './meta-block.ts';

/** A file that `init` writes. HCL that Nomad's old (version 1) and new (version 2) readers take alike. */
export interface Template {
  readonly file: string;
  /** What to do with it, for whoever has it now. */
  readonly use: string;
  readonly text: string;
}

const GROUP_EXAMPLES = {
  replicator_enabled: 'true',
  replicator_min: '2',
  replicator_max: '10',
  replicator_scalein_cpu: '30',
  replicator_scalein_mem: '30',
  replicator_scaleout_cpu: '80',
  replicator_scaleout_mem: '80',
  replicator_notification_uid: 'example/web',
};

const POOL_EXAMPLES = {
  replicator_enabled: 'true',
  replicator_worker_pool: 'example-asg',
  replicator_region: 'us-east-1',
  replicator_notification_uid: 'example-asg',
  replicator_min: '3',
  replicator_max: '10',
};

/** A Nomad job that is scaled. */
export const JOB_TEMPLATE: Template = {
  file: 'job_scaling.hcl',
  use: 'copy its meta block into the task groups that are to be scaled',
  text: `# A Nomad job whose task group Replicator scales. What makes it so is the block "meta" of the group: copy it into
# the groups of your own jobs. The values are texts, in quotes; lines that are commented out show the defaults.
job "example" {
  datacenters = ["dc1"]
  type        = "service"

  # With an update block each change of the count is a deployment, and Nomad itself tells whether it is healthy.
  update {
    max_parallel = 1
  }

  group "web" {
    count = 2

${metaBlock(GROUP_KEYS, GROUP_EXAMPLES, '    ')}

    task "server" {
      driver = "docker"

      config {
        image = "nginx:stable"
      }

      # Usage is measured in percent of these.
      resources {
        cpu    = 200
        memory = 128
      }
    }
  }
}
`,
};

/** A Nomad client whose node belongs to a worker pool. */
export const CLUSTER_TEMPLATE: Template = {
  file: 'cluster_scaling.hcl',
  use: 'copy its meta block into the client configuration of the nodes of a worker pool',
  text: `# Part of the configuration of the Nomad clients of one worker pool, the same on all its nodes: those of one Auto
# Scaling group. What makes them a pool is the block "meta": copy it into the block "client" of your own
# configuration. The values are texts, in quotes; lines that are commented out show the defaults, or examples.
client {
  enabled = true

${metaBlock(POOL_KEYS, POOL_EXAMPLES, '  ')}
}
`,
};
