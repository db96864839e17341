"""Functions that programs of other modules call."""

SCALE = 2.5


def square(x):
    return SCALE * x * x


def power_of(n):
    def power(x):
        return x**n

    return power


cube = power_of(3)


def applied(f, x):
    return f(SCALE * x)
