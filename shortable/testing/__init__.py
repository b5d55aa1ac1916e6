"""What users need to test a provider or an adapter of their own: the conformance suites and the common workload."""
