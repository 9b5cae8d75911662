"""A search node of our own for one data directory: started by its first user, gone with its last.

users.lock   shared by every process that uses the node; the node waits for it to be free, keeps it
             from then on, and ends
start.lock   exclusive while one process looks whether the node lives, or starts it
node.lock    inherited by the node: free means that nothing of it is left
node.json    the port that the node listens on; made anew by each node, absent while none listens
data/        the indexes
"""
