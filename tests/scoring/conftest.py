from hypothesis import settings

# Derandomised: the same examples on every run, so a red build is about the change and not about luck.
settings.register_profile("scoring", max_examples=60, deadline=None, derandomize=True, database=None)
settings.load_profile("scoring")
