"""`intercept()`: calls of `requests` caught and answered without a socket."""
