"""`miragic-mock`: options in, one running server out."""
