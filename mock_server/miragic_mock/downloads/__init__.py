"""What a job's links lead to: signed links, and the files behind them."""
