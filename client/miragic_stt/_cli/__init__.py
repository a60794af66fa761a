"""The command `miragic-stt`: arguments in, one result on standard output."""
