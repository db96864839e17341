"""SciPy, one file per family; each is read once a program has imported what it is about."""

# why parameters of special functions are not differentiated
NO_CLOSED_FORM = "the derivative has no closed form"
# why some functions are not differentiated in complex numbers
FOR_REAL_NUMBERS = "the rule is for real numbers"
