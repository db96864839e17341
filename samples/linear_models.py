"""The squared error of three models of one sample: a slope, a line, a parabola."""


def slope_loss(x, w, y):
    return (x * w - y) ** 2


def line_loss(x, w, b, y):
    return (x * w + b - y) ** 2


def parabola_loss(x, w1, w2, b, y):
    return (w1 * x**2 + w2 * x + b - y) ** 2


if __name__ == "__main__":
    from adgen import grad

    dw = grad(slope_loss, wrt="w")(2.0, 1.0, 4.0)
    print(f"slope:    dw = {dw}")
    dw, db = grad(line_loss, wrt=("w", "b"))(1.0, 1.0, 2.0, 2.0)
    print(f"line:     dw = {dw}, db = {db}")
    dw1, dw2, db = grad(parabola_loss, wrt=("w1", "w2", "b"))(2.0, 2.0, 2.0, 1.0, 9.0)
    print(f"parabola: dw1 = {dw1}, dw2 = {dw2}, db = {db}")
