# Consul ACL policy of agents that run as a group. What each rule is for: docs/permissions.md
#
#   consul acl policy create -name replicator -rules @consul-policy-group.hcl
#   consul acl token create -description "Replicator" -policy-name replicator

# The locks, flags, scaling states, operations, and the group with its members. Of another consul_key_root: its
# name, and a slash at the end.
key_prefix "replicator/config/" { policy = "write" }

# The session that holds the locks, on whatever Consul agent is asked.
session_prefix "" { policy = "write" }

# The service that each member registers, and its check.
service "replicator" { policy = "write" }
