def f(x, y, z):
    return (x + y) * z


EXAMPLE = (2.0, 3.0, 4.0)


if __name__ == "__main__":
    from adgen import grad

    for point in EXAMPLE, (-2.0, 5.0, -4.0):
        dx, dy, dz = grad(f)(*point)
        print(f"at {point}: dx = {dx}, dy = {dy}, dz = {dz}")
