def f(x, y, z):
    q = x + y
    return q * z


EXAMPLE = (3.0, 1.0, -2.0)
