"""SciPy, one file per family; each is read once a program has imported what it is about."""

from adgen.rules.shapes import as_num

# why parameters of special functions are not differentiated
NO_CLOSED_FORM = "the derivative has no closed form: keep it constant"
# why some functions are not differentiated in complex numbers
FOR_REAL_NUMBERS = "the rule is for real numbers"


def real(*operands):
    """The operands as numbers, none of which is complex."""
    nums = [as_num(value) for value in operands]
    if any(num.kind == "c" for num in nums):
        raise TypeError(FOR_REAL_NUMBERS)
    return nums
