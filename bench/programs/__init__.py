"""Programs that bench/ serves beside the mock: the least that Granian and Flask can do."""
