"""Hooks that come with the mock; yours may live in any module that Python can import."""
