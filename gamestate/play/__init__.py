"""The terminal client: one character, played over the HTTP API.

`verbs` and `arguments` parse what is typed, `link` sends it to the server, and `conversation` is
the loop between them. The rest formats replies.
"""
