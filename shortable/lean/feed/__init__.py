"""From bars on disk to time slices: subscriptions, fill-forward, universes and their synchronisation."""
