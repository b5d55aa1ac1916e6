"""Sources that are exchanges, or pass on what exchanges publish."""
