"""What people type, in their own words: which of the things that can be asked is meant, of which branch, term, item."""
