# Nomad ACL policy of the agents. What each line is for, and what can be left out: docs/permissions.md
#
#   nomad acl policy apply -description "Replicator" replicator nomad-policy.hcl
#   nomad acl token create -name replicator -policy replicator

# All namespaces; one block for each that is meant, where it is not all.
namespace "*" {
  capabilities = [
    "list-jobs",
    "read-job",
    "submit-job",
  ]
}

# Worker pools; without them "read" is enough.
node {
  policy = "write"
}
