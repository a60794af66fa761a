"""What `python -m bench` measures: one target per module, by its function `measure`."""
