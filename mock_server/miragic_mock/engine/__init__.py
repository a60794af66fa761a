"""From a request to an answer: who asks, which plan, what is done."""
