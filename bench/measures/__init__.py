"""The subjects of `python -m bench`: each module measures one target with its function `measure`."""
