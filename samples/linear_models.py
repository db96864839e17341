"""The squared error of three models of one sample: a slope, a line, a parabola."""


def slope_loss(x, w, y):
    return (x * w - y) ** 2


def line_loss(x, w, b, y):
    return (x * w + b - y) ** 2


def parabola_loss(x, w1, w2, b, y):
    return (w1 * x**2 + w2 * x + b - y) ** 2


EXAMPLES = {
    "slope_loss": (2.0, 1.0, 4.0),
    "line_loss": (1.0, 1.0, 2.0, 2.0),
    "parabola_loss": (2.0, 2.0, 2.0, 1.0, 9.0),
}
WRT = {"slope_loss": ("w",), "line_loss": ("w", "b"), "parabola_loss": ("w1", "w2", "b")}


if __name__ == "__main__":
    from adgen import grad

    for name, args in EXAMPLES.items():
        gradients = grad(globals()[name], wrt=WRT[name])(*args)
        print(name, ", ".join(f"d{x} = {dx}" for x, dx in zip(WRT[name], gradients, strict=True)))
