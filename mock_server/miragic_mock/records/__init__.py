"""What happened and what it cost: the journal, the ledger, a client's manners, HAR."""
