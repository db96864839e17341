"""Walk the stages backwards: fill in rules, and note what each adjoint receives."""

from adgen.adjoint.differentiate import Backward, differentiate

__all__ = ["Backward", "differentiate"]
