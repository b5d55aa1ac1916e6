"""Scripts of the peers run in environments of their own and import what ours does not have."""

collect_ignore_glob = ["peers/*"]
