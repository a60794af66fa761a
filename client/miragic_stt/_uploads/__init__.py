"""What is uploaded: the audio, checked before anything is paid for, and the form that carries it."""
