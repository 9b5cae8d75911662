"""An adversarial Quickwit: the node's routes over an engine that does all that the real one may.

It runs in process, its clock is moved by the test, and what goes wrong is chosen by the test.
"""
