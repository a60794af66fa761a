"""The rules as tests: `pytest --pyargs miragic_contracts --miragic-base-url URL`."""
