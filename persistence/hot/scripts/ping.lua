#!lua
-- Do nothing. The server runs a script that may write only while it would take a write: not when it
-- is out of memory, a replica, or unable to persist.

return 1
