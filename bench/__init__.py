"""Speed and memory of the mock, compared with its peers: `python -m bench` measures and writes RESULTS.md.

`measures/` holds what is measured, a module for each target, `programs/` the small servers that are measured
beside the mock, and the modules here are the machinery: servers, load, figures, report.
"""
