"""How the sample data are made up: every number comes from the parameters in this folder and a seed."""
