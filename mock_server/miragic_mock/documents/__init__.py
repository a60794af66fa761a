"""The API's JSON documents, compiled from the contract's examples."""
