"""One file for each backtester that people use; none is imported until it is asked for, and none knows the mini engine."""
