"""What came back from one request, and what it means: a job, or an error."""
