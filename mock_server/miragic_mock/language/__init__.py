"""How people write plans, faults, scenarios, clocks and rates."""
