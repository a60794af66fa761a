"""Where the texts of jobs come from: given, found beside a recording, made up, or from your engine."""
