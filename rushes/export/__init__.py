"""What leaves and comes back: a backup of what people did, and artifacts as a table or lines.

What a model found can be found again; what a person said cannot. So a backup holds only the
latter, keyed by content and span, and is merged into whatever database it is restored to.
docs/backup.md tells the whole.
"""
