"""LEAN's algorithm framework: insights, alphas, portfolio construction, risk, execution and universe selection.

What `Framework` (pipeline.py) does in a time step is LEAN's: Algorithm/QCAlgorithm.Framework.cs.
"""
