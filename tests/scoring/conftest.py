import os

from hypothesis import settings

# Derandomised: the same examples on every run, so a red build is about the change and not about luck.
EXAMPLES = 60 if os.environ.get("TRIALS") else 12
settings.register_profile("scoring", max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
settings.load_profile("scoring")
