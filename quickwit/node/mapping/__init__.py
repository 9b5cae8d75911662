"""What an index's config means: its fields, tokenizers, and which documents fit it."""
