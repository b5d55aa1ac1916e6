"""`QCAlgorithm`, and the loop that runs one."""
