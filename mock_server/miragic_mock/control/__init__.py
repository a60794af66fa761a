"""The control API: look into a mock, steer it, wait for it."""
