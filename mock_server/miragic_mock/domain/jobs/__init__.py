"""The life of a job as pure values: what is planned, what it is, what it shows at a moment."""
