"""``python -m shortable``: the command line."""

from shortable.cli import main

if __name__ == "__main__":
    main()
