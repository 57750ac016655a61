# Replicator on Nomad 1.0 or later: two agents on two nodes. One of them leads; the other takes over when it goes.
#
#   nomad job run -var image=replicator:2.0.0 jobs/replicator.nomad.hcl
#
# Without Docker, from a folder that is on every node, or a packed one that Nomad fetches:
#
#   nomad job run -var driver=raw_exec -var folder=/opt/replicator jobs/replicator.nomad.hcl
#   nomad job run -var driver=exec -var artifact=https://files.example/replicator.tgz jobs/replicator.nomad.hcl
#
# npm ci && npm run build && npm ci --omit=dev && tar -czf replicator.tgz dist node_modules package.json   makes it.

variable "datacenters" {
  type    = list(string)
  default = ["dc1"]
}

# docker, exec or raw_exec
variable "driver" {
  type    = string
  default = "docker"
}

variable "image" {
  type    = string
  default = "replicator:2.0.0"
}

# exec and raw_exec: the program of Node.js, and where Replicator lies, or from where it is fetched.
variable "node" {
  type    = string
  default = "/usr/bin/node"
}

variable "folder" {
  type    = string
  default = "/opt/replicator"
}

variable "artifact" {
  type    = string
  default = ""
}

# As seen from the task, which has the network of its node.
variable "nomad" {
  type    = string
  default = "http://localhost:4646"
}

variable "consul" {
  type    = string
  default = "localhost:8500"
}

# More flags, for example ["-cluster-scaling-disable"], or for a group of agents:
# ["-group=prod", "-service-id=$${NOMAD_ALLOC_ID}"]
variable "flags" {
  type    = list(string)
  default = []
}

# Where the ACL tokens come from: none, variables (Nomad 1.4 and later) or vault; and which there are.
# docs/permissions.md has their policies. The task's own identity needs none of this: see below.
variable "tokens" {
  type    = string
  default = "none"
}

variable "token_names" {
  type    = list(string)
  default = ["consul_token", "nomad_token"]
}

locals {
  program = var.artifact == "" ? var.folder : "local/replicator"

  token = {
    none      = ""
    variables = "{{ with nomadVar \"nomad/jobs/replicator\" }}{{ .NAME }}{{ end }}"
    vault     = "{{ with secret \"secret/data/replicator\" }}{{ .Data.data.NAME }}{{ end }}"
  }

  token_flags = [
    for name in var.token_names : "-${replace(name, "_", "-")}-file=$${NOMAD_SECRETS_DIR}/${name}"
  ]

  flags = concat(
    [
      "agent",
      "-nomad=${var.nomad}",
      "-consul=${var.consul}",
      "-bind-address=$${NOMAD_IP_http}",
      "-http-port=$${NOMAD_PORT_http}",
      "-log-format=json",
    ],
    var.tokens == "none" ? [] : local.token_flags,
    var.flags,
  )
}

job "replicator" {
  datacenters = var.datacenters
  type        = "service"
  priority    = 80

  # Two nodes, so that one may go.
  constraint {
    operator = "distinct_hosts"
    value    = "true"
  }

  # One after the other, and only when the one before is healthy.
  update {
    max_parallel      = 1
    health_check      = "checks"
    min_healthy_time  = "10s"
    healthy_deadline  = "3m"
    progress_deadline = "10m"
    auto_revert       = true
  }

  migrate {
    max_parallel = 1
  }

  group "agents" {
    count = 2

    network {
      port "http" {}
    }

    # What is lost is replaced as soon as possible, for as long as it takes.
    restart {
      attempts = 3
      interval = "5m"
      delay    = "5s"
      mode     = "fail"
    }

    reschedule {
      delay          = "10s"
      delay_function = "exponential"
      max_delay      = "5m"
      unlimited      = true
    }

    # Not `replicator`: members of a group register that service themselves.
    service {
      name = "replicator-http"
      port = "http"

      # It does what it should be doing.
      check {
        name     = "ready"
        type     = "http"
        path     = "/v1/health"
        interval = "10s"
        timeout  = "3s"
      }

      # It is not stuck; one that is stuck is started again.
      check {
        name     = "alive"
        type     = "http"
        path     = "/v1/health?live"
        interval = "10s"
        timeout  = "3s"

        check_restart {
          limit = 3
          grace = "60s"
        }
      }
    }

    task "replicator" {
      driver = var.driver

      # Leading is handed over at once; nothing is cut off before.
      kill_signal  = "SIGTERM"
      kill_timeout = "10s"

      dynamic "config" {
        for_each = var.driver == "docker" ? ["docker"] : []

        content {
          image        = var.image
          network_mode = "host"
          args         = local.flags
        }
      }

      dynamic "config" {
        for_each = var.driver == "docker" ? [] : [var.driver]

        content {
          command = var.node
          args    = concat(["${local.program}/dist/cmd/replicator.js"], local.flags)
        }
      }

      dynamic "artifact" {
        for_each = var.artifact == "" ? [] : [var.artifact]

        content {
          source      = artifact.value
          destination = "local/replicator"
        }
      }

      # The health check of the image asks here.
      env {
        HEALTH_URL = "http://$${NOMAD_ADDR_http}/v1/health?live"
      }

      dynamic "template" {
        for_each = var.tokens == "none" ? [] : var.token_names

        content {
          data        = replace(local.token[var.tokens], "NAME", template.value)
          destination = "secrets/${template.value}"
          change_mode = "restart"
        }
      }

      dynamic "vault" {
        for_each = var.tokens == "vault" ? ["replicator"] : []

        content {
          policies = [vault.value]
        }
      }

      # Nomad 1.5 and later: the task's own identity instead of a Nomad token, once the policy is attached to the job.
      # identity {
      #   env = true
      # }

      resources {
        cpu    = 200
        memory = 300
      }
    }
  }
}
