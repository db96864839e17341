def power(x, n):
    if n == 0:
        return 1.0
    if n % 2 == 1:
        return x * power(x, n - 1)
    half = power(x, n // 2)
    return half * half


def polynomial(x, a, n):
    return a * power(x, n) - 2.0 * power(a - x, 3)


EXAMPLES = {"power": (1.3, 5), "polynomial": (1.3, 0.7, 5)}


if __name__ == "__main__":
    from adgen import value_and_grad

    out, (dx, da) = value_and_grad(polynomial)(*EXAMPLES["polynomial"])
    print(f"out = {out}, dx = {dx}, da = {da}")
