# Consul ACL policy of the agents, outside a group. What each rule is for: docs/permissions.md
#
#   consul acl policy create -name replicator -rules @consul-policy.hcl
#   consul acl token create -description "Replicator" -policy-name replicator

# The lock, flags, scaling states and operations. Of another consul_key_root: its name, and a slash at the end.
key_prefix "replicator/config/" { policy = "write" }

# The session that holds the lock, on whatever Consul agent is asked.
session_prefix "" { policy = "write" }
