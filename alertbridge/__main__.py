"""`alertbridge` and `python -m alertbridge`."""

from alertbridge.cli.commands import main

if __name__ == "__main__":
    main()
