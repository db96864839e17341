"""What NumPy and `math` have and the catalogue does not, each with the reason.

Names are those of `np`, if no module is named.

A function that is neither in the catalogue nor here fails; so does one that is here and has a
rule by now. Where nothing differentiated goes in, all of these are carried out as they are.
"""

import math
from types import ModuleType
from typing import Any

import numpy as np

from adgen.rules import catalogue

# nothing differentiated can go in: text, files, dates, settings, integers, types
NOT_NUMERIC = {
    "text": """array2string array_repr array_str base_repr binary_repr format_float_positional
        format_float_scientific get_printoptions info printoptions set_printoptions typename
        typecodes show_config show_runtime""",
    "files and memory": """from_dlpack frombuffer fromfile fromregex fromstring genfromtxt
        get_include load loadtxt save savetxt savez savez_compressed memmap""",
    "dates": """busday_count busday_offset datetime_as_string datetime_data is_busday isnat""",
    "settings": "geterr geterrcall getbufsize setbufsize seterr seterrcall",
    "types": """can_cast common_type isdtype issubdtype min_scalar_type mintypecode
        promote_types result_type sctypeDict ScalarType""",
    "shapes and indices": """einsum_path index_exp isfortran iterable
        mask_indices nested_iters ravel_multi_index s_""",
    "bits": "bitwise_count packbits unpackbits",
    "truth values": "True_ False_ True False",
    "tests of NumPy itself": "test",
}

# a derivative that the catalogue does not have yet: this list only shrinks
MISSING = ""


def functions() -> dict[str, Any]:
    """Everything public that can be called, or indexed, and is no class."""
    found: dict[str, Any] = {}
    for prefix, home in (("", np), ("linalg.", np.linalg), ("math.", math)):
        for name in getattr(home, "__all__", dir(home)):
            value = getattr(home, name, None)
            plain = isinstance(value, type | ModuleType | float | int | str | None)
            if not name.startswith("_") and not plain:
                found[prefix + name] = value
    return found


def without_rule() -> set[str]:
    return {name for name, function in functions().items() if catalogue().find(function) is None}


def with_reason() -> set[str]:
    return {name for text in NOT_NUMERIC.values() for name in text.split()}


def test_every_function_has_a_rule_or_a_reason():
    assert without_rule() - with_reason() - set(MISSING.split()) == set()


def test_what_has_a_rule_is_not_said_to_lack_one():
    listed = (with_reason() | set(MISSING.split())) & set(functions())
    assert listed <= without_rule()


# methods that need no rule: they write, show memory, or are found another way
OTHER_METHODS = """
    base byteswap ctypes data device dtype dump dumps fill flags getfield ndim put setfield setflags
    shape size strides to_device tobytes tofile
"""


def test_every_array_method_has_a_rule_or_is_listed():
    names = {name for name in dir(np.ndarray) if not name.startswith("_")}
    rules = catalogue()
    unknown = {n for n in names if not (rules.method(n) or rules.find(f"attribute {n}"))}
    assert unknown - set(OTHER_METHODS.split()) == set()
