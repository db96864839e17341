"""Hand-written backwards marked, and exercises to write one.

`runner` runs a submission in a process of its own and notes what each line reads and gives;
`judge` holds the notes against the compiler's own gradients, and `repair` looks for the small
change that would have made the first wrong line right: that is its cause.
"""
