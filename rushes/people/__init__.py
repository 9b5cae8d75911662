"""People: faces of a library grouped by likeness, with what people said about them laid over.

The machine puts each embedded face into a raw cluster (`face_assignments`) and never moves it for
a new film. What people say is an append-only log (`people_log`): names, merges, splits, hides,
cannot-links, and their undoing. The people of now are the log folded over the raw clusters,
kept in the table `people`. docs/people.md tells the whole.
"""
