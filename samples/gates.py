"""The three gates of a circuit: add hands its gradient to both sides, multiply swaps its inputs,
max sends everything to the larger one."""


def add(x, y):
    return x + y


def multiply(x, y):
    return x * y


def larger(x, y):
    return max(x, y)


def circuit(x, y, z, w):
    return (x * y + max(z, w)) * 2


EXAMPLES = {
    "add": (3.0, -4.0),
    "multiply": (3.0, -4.0),
    "larger": (3.0, -4.0),
    "circuit": (3.0, -4.0, 2.0, -1.0),
}


if __name__ == "__main__":
    from adgen import grad

    for name, args in EXAMPLES.items():
        print(f"{name} at {args}: {grad(globals()[name])(*args)}")
