"""The boundary for text from outside: keys struck out of it, and nothing left in it that steers a reader."""
