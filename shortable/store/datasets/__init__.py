"""The datasets that are no availability: which there are, how they are looked up, and the identities that they keep."""
