"""A multipart form read as it arrives, and the recording in it."""
