"""Lists of the rules that bar short sales or bind them: rows of the dataset of restrictions."""
