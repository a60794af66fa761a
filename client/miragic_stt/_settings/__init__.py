"""What a client is built with: address, timeouts, pauses, retries."""
