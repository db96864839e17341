"""What stands together in a drawing: frames round the gates of a line, a branch or a loop."""

from __future__ import annotations

from collections.abc import Iterator

from adgen.explain.circuit import Circuit, Node


class Box:
    """What is drawn in one frame: nodes, and more boxes."""

    def __init__(self, key: str, label: str) -> None:
        self.key = key
        self.label = label
        self.nodes: list[Node] = []
        self.boxes: dict[str, Box] = {}

    def add(self, node: Node, groups: tuple[tuple[str, str], ...]) -> None:
        if not groups:
            self.nodes.append(node)
            return
        key, label = groups[0]
        self.boxes.setdefault(key, Box(f"{self.key} {key}", label)).add(node, groups[1:])

    @property
    def is_frame(self) -> bool:
        """A frame round a single gate says nothing."""
        return len(self.nodes) + len(self.boxes) > 1 or not self.label.startswith("line ")

    @property
    def contents(self) -> Iterator[Node | Box]:
        """The nodes and frames in it, without frames that say nothing."""
        yield from self.nodes
        for box in self.boxes.values():
            if box.is_frame:
                yield box
            else:
                yield from box.contents


def boxed(circuit: Circuit, frames: bool = True) -> Box:
    """All of a circuit as one box, with or without frames in it."""
    tree = Box("", "")
    for node in circuit.nodes:
        tree.add(node, node.groups if frames else ())
    return tree
