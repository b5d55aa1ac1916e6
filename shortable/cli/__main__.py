"""``python -m shortable.cli``: the command line where the console script is not on the path."""

from shortable.cli import main

if __name__ == "__main__":
    main()
