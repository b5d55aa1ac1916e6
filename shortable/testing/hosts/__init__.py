"""The common workload on each host, through its adapter: one file a host, with ``run(workload) -> Outcome``."""
