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


if __name__ == "__main__":
    from adgen import grad

    for gate in add, multiply, larger:
        print(f"{gate.__name__} at (3, -4): {grad(gate)(3.0, -4.0)}")
    print(f"circuit at (3, -4, 2, -1): {grad(circuit)(3.0, -4.0, 2.0, -1.0)}")
