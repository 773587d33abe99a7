"""The terminal client: one character, played over the HTTP API.

`verbs` and `arguments` understand what is typed, `link` carries it to the server and back, and
`conversation` is the loop between them. The rest turns replies into something to read.
"""
