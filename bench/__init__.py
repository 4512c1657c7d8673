"""The benches: `python -m bench` measures what the bot costs and prints it beside its goals."""
