"""Algorithms written for LEAN, run unchanged: LEAN's names, its data folder, its rules where they differ from ours."""
