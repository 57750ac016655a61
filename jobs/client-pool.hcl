# Nomad client configuration of a worker pool: every client of the Auto Scaling group `workers-prod` runs with it.
# Values are texts: Nomad hands them to Replicator as they are. All keys: docs/worker-pools.md.

client {
  enabled = true

  # The instance must be known to Nomad: leave the AWS fingerprint on, it names instance, address and zone.

  meta {
    # Part of its pool (true), or left alone (false).
    replicator_enabled = "true"

    # The name of the Auto Scaling group, and the region that it is in.
    replicator_worker_pool = "workers-prod"
    replicator_region      = "eu-west-1"
    replicator_provider    = "aws"

    # The id in notifications.
    replicator_notification_uid = "workers"

    # So many nodes may be lost, and everything still fits on the others.
    replicator_node_fault_tolerance = "1"

    # Evaluations in a row that must ask for the same direction; seconds to wait after a scaling.
    replicator_scaling_threshold = "3"
    replicator_cooldown          = "300"

    # Failures before failsafe.
    replicator_retry_threshold = "3"

    # Bounds on top of the group's own MinSize and MaxSize.
    # replicator_min = "2"
    # replicator_max = "20"

    # Room for one more of every scaled group (all), or of the largest only (largest).
    # replicator_reserve = "all"
  }
}
