"""A Postgres of our own for one data directory: started by its first user, gone with its last.

Four lock files in the postgres folder carry the protocol; the kernel drops a lock when its last
holder dies, however it dies, so no state of a crash has to be cleaned up.

users.lock   shared by every process that uses the database; exclusive by the keeper that stops it
start.lock   exclusive while one process looks whether the server lives, or starts it
keeper.lock  held by the living keeper
server.lock  held by every process of the server: free means that nothing of it is left
"""
