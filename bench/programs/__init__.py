"""Programs that are measured beside the mock: the least that Granian and Flask can do, and a full store."""
