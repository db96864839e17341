import math


def neuron(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    return 1.0 / (1 + math.exp(-dot))


EXAMPLE = ([2.0, -3.0, -3.0], [-1.0, -2.0])


if __name__ == "__main__":
    from adgen import value_and_grad

    out, (dw, dx) = value_and_grad(neuron)(*EXAMPLE)
    print(f"neuron = {out}")
    print(f"dw = {dw}")
    print(f"dx = {dx}")
