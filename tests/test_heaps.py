"""`heapq`: where the elements of a heap go depends on the data."""

import heapq
import math
from heapq import heappop, heappush

import numpy as np
import pytest

from adgen import UserError, grad
from tests.check_program import check


def cheapest_merge(sticks):
    heap = list(sticks)
    heapq.heapify(heap)
    cost = 0.0
    while len(heap) > 1:
        a = heapq.heappop(heap)
        b = heapq.heappop(heap)
        cost += (a + b) ** 2
        heapq.heappush(heap, a + b)
    return cost


def smallest_two(v):
    heap = []
    for i, x in enumerate(v):
        heappush(heap, (x * x, i))
    a, i = heappop(heap)
    b, j = heappop(heap)
    return a * (i + 1) + b * (j + 2)


def shortest_paths(w):
    n = len(w)
    dist = [math.inf] * n
    dist[0] = 0.0
    waiting = [(0.0, 0)]
    while waiting:
        d, u = heapq.heappop(waiting)
        if d > dist[u]:
            continue
        for v in range(n):
            if v != u:
                reached = d + w[u, v] ** 2
                if reached < dist[v]:
                    dist[v] = reached
                    heapq.heappush(waiting, (reached, v))
    return sum(dist)


def as_it_lies(v):
    """What stands where in a heap is Python's affair, and the same here."""
    heap = []
    for x in v:
        heapq.heappush(heap, x)
        if len(heap) > 4:
            heapq.heappop(heap)
    return sum((i + 1) * x for i, x in enumerate(heap)) * heap[0]


class Queue:
    def __init__(self):
        self.waiting = []

    def put(self, x):
        heapq.heappush(self.waiting, x)

    def get(self):
        return heapq.heappop(self.waiting)


def in_an_object(v):
    queue = Queue()
    for x in v:
        queue.put(x * x)
    return queue.get() * 3 + queue.get() * v[0]


VALUES = np.array([2.0, 1.0, 3.0, 0.3, 0.7, 2.5, -1.5])
WEIGHTS = np.array([[0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 1.5, 0.5], [4.0, 2.0, 0.0, 1.0], [1.0] * 4])


@pytest.mark.parametrize("function", [smallest_two, as_it_lies, in_an_object, cheapest_merge])
@pytest.mark.parametrize("v", [VALUES, VALUES[::-1].copy(), VALUES[2:5]])
def test_heaps(function, v):
    check(function, (v,))


@pytest.mark.parametrize("w", [WEIGHTS, WEIGHTS.T.copy() + 0.1])
def test_shortest_paths(w):
    check(shortest_paths, (w,))


def test_a_heap_of_an_argument_is_the_caller_s():
    def f(heap, x):
        heapq.heappush(heap, x)
        return heap[0] * heap[1]

    given = [1.0, 4.0, 2.0]
    dheap, dx = grad(f)(given, 0.5)
    assert dheap == [0.5, 0.0, 0.0] and dx == 1.0


def test_the_listing_says_where_elements_go():
    listing = grad(cheapest_merge).source(VALUES)
    assert "heap[:] = [heap[i] for i in order" in listing
    assert "a = heap.pop()" in listing


def test_a_heap_has_to_have_a_name():
    def f(v):
        heapq.heappush([v], 2 * v)
        return v

    with pytest.raises(UserError, match="the heap has to have a name"):
        grad(f)(1.0)


def test_what_is_taken_off_has_its_name_at_once():
    def shortest(xs):
        queue = []
        for x in xs:
            heapq.heappush(queue, (x * x, x))
        total = 0.0
        while queue:
            d, u = heapq.heappop(queue)
            total += d * u
        return total

    check(shortest, ([0.5, 0.2, 0.9],))
    text = grad(shortest).source([0.5, 0.2, 0.9], comments=False)
    assert " d = " in text and " u = " in text
    assert "d0" not in text
