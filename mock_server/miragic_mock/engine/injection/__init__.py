"""What goes wrong on purpose: which faults strike a request, and what they make of its answer."""
