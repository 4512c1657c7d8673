"""What leaves the chat as a file: values in, bytes out."""
