"""Pure values: job, plan, fault, clock, tenant, ids, settings."""
