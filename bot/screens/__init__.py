"""What is shown: pure functions, values in, a Message out. Wording lives here, in the screen that says it."""
