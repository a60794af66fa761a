"""`python -m miragic_mock` is `miragic-mock`."""

from .cli.commands import main

if __name__ == "__main__":
    main()
