"""The one colour scale of gradient magnitudes, shared by canvas, heat maps, profile and minimap.

Viridis over a fixed logarithmic range, so that the same colour means the same number in every
view and every run, and a dead net never looks like a live one. Below the range a gradient has
vanished, above it has exploded; both, and "not measured", look like nothing on the scale.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QColor

from graphcore.deferred import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

LOWEST: Final = 1e-10
HIGHEST: Final = 1e2
_DECADES: Final = (math.log10(LOWEST), math.log10(HIGHEST))

UNMEASURED_LEVEL: Final = 0
VANISHED_LEVEL: Final = 1
EXPLODED_LEVEL: Final = 255
_FIRST_LEVEL: Final = 2
_LAST_LEVEL: Final = 254

UNMEASURED: Final = QColor(128, 134, 143)
"""Where nothing was measured, or the gradient is not a number."""
VANISHED: Final = QColor(22, 10, 34)
"""Under the hatching of a vanished gradient: darker than the scale's darkest."""
EXPLODED: Final = QColor(255, 77, 157)
"""Of an exploded gradient: a colour that neither the scale nor an empty panel has."""

_DARK_TEXT: Final = QColor(16, 20, 26)
_LIGHT_TEXT: Final = QColor(255, 255, 255)

# The 256 colours of matplotlib's viridis (Smith and van der Walt, CC0), embedded because importing
# a plotting library for them would delay the window.
_VIRIDIS: Final = bytes.fromhex(
    """
    44015444025645045745055946075a46085c460a5d460b5e470d60470e61471063471164471365481467481668
    48176948186a481a6c481b6d481c6e481d6f481f70482071482173482374482475482576482677482878482979
    472a7a472c7a472d7b472e7c472f7d46307e46327e46337f463480453581453781453882443983443a83443b84
    433d84433e85423f854240864241864142874144874045884046883f47883f48893e49893e4a893e4c8a3d4d8a
    3d4e8a3c4f8a3c508b3b518b3b528b3a538b3a548c39558c39568c38588c38598c375a8c375b8d365c8d365d8d
    355e8d355f8d34608d34618d33628d33638d32648e32658e31668e31678e31688e30698e306a8e2f6b8e2f6c8e
    2e6d8e2e6e8e2e6f8e2d708e2d718e2c718e2c728e2c738e2b748e2b758e2a768e2a778e2a788e29798e297a8e
    297b8e287c8e287d8e277e8e277f8e27808e26818e26828e26828e25838e25848e25858e24868e24878e23888e
    23898e238a8d228b8d228c8d228d8d218e8d218f8d21908d21918c20928c20928c20938c1f948c1f958b1f968b
    1f978b1f988b1f998a1f9a8a1e9b8a1e9c891e9d891f9e891f9f881fa0881fa1881fa1871fa28720a38620a486
    21a58521a68522a78522a88423a98324aa8325ab8225ac8226ad8127ad8128ae8029af7f2ab07f2cb17e2db27d
    2eb37c2fb47c31b57b32b67a34b67935b77937b87838b9773aba763bbb753dbc743fbc7340bd7242be7144bf70
    46c06f48c16e4ac16d4cc26c4ec36b50c46a52c56954c56856c66758c7655ac8645cc8635ec96260ca6063cb5f
    65cb5e67cc5c69cd5b6ccd5a6ece5870cf5773d05675d05477d1537ad1517cd2507fd34e81d34d84d44b86d549
    89d5488bd6468ed64590d74393d74195d84098d83e9bd93c9dd93ba0da39a2da37a5db36a8db34aadc32addc30
    b0dd2fb2dd2db5de2bb8de29bade28bddf26c0df25c2df23c5e021c8e020cae11fcde11dd0e11cd2e21bd5e21a
    d8e219dae319dde318dfe318e2e418e5e419e7e419eae51aece51befe51cf1e51df4e61ef6e620f8e621fbe723
    fde725
    """
)


def is_vanished(rms: float) -> bool:
    """Whether a gradient lies below the scale; an exact zero does."""
    return rms < LOWEST


def is_exploded(rms: float) -> bool:
    """Whether a gradient lies above the scale; infinity does."""
    return rms > HIGHEST


def position(rms: float) -> float:
    """Where a gradient stands on the scale: 0 at ``LOWEST``, 1 at ``HIGHEST``, clamped to these.

    NaN stays NaN.

    >>> round(position(1e-4), 3)
    0.5
    """
    if math.isnan(rms):
        return math.nan
    low, high = _DECADES
    return (math.log10(min(max(rms, LOWEST), HIGHEST)) - low) / (high - low)


def color(rms: float) -> QColor:
    """The colour of a gradient's root mean square."""
    return QColor(*(int(part) for part in lut()[levels(np.array(rms, dtype=np.float32))]))


def levels(rms: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """The row of :func:`lut` for every value, in the same shape."""
    low, high = _DECADES
    finite = np.clip(np.nan_to_num(rms, nan=1.0, posinf=HIGHEST), LOWEST, HIGHEST)
    share = (np.log10(finite) - low) / (high - low)
    level = np.rint(_FIRST_LEVEL + share * (_LAST_LEVEL - _FIRST_LEVEL)).astype(np.uint8)
    level = np.where(rms < LOWEST, np.uint8(VANISHED_LEVEL), level)
    level = np.where(rms > HIGHEST, np.uint8(EXPLODED_LEVEL), level)
    return np.where(np.isnan(rms), np.uint8(UNMEASURED_LEVEL), level)


@cache
def lut() -> npt.NDArray[np.uint8]:
    """RGBA of every level, shape (256, 4). The array is shared and read-only."""
    table = np.full((256, 4), 255, dtype=np.uint8)
    viridis = np.frombuffer(_VIRIDIS, dtype=np.uint8).reshape(256, 3)
    inside = np.linspace(0, 255, _LAST_LEVEL - _FIRST_LEVEL + 1).round().astype(np.intp)
    table[_FIRST_LEVEL : _LAST_LEVEL + 1, :3] = viridis[inside]
    for level, own in (
        (UNMEASURED_LEVEL, UNMEASURED),
        (VANISHED_LEVEL, VANISHED),
        (EXPLODED_LEVEL, EXPLODED),
    ):
        table[level, :3] = (own.red(), own.green(), own.blue())
    table.flags.writeable = False
    return table


def text_color_on(background: QColor) -> QColor:
    """Dark or white, whichever contrasts more with ``background`` (WCAG 2 relative luminance)."""
    luminance = _luminance(background)
    against_light = (_luminance(_LIGHT_TEXT) + 0.05) / (luminance + 0.05)
    against_dark = (luminance + 0.05) / (_luminance(_DARK_TEXT) + 0.05)
    return _LIGHT_TEXT if against_light > against_dark else _DARK_TEXT


def describe(rms: float) -> str:
    """A gradient in words for a tooltip: ``3.2e-3``, ``0 (vanished)``, ``not measured``.

    >>> describe(0.0032)
    '3.2e-3'
    """
    if math.isnan(rms):
        return "not measured"
    if math.isinf(rms):
        return "infinite (exploded)"
    if rms == 0.0:
        return "0 (vanished)"
    mantissa, exponent = f"{rms:.1e}".split("e")
    number = f"{mantissa}e{int(exponent)}"
    if is_vanished(rms):
        return f"{number} (vanished)"
    return f"{number} (exploded)" if is_exploded(rms) else number


def _luminance(color: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(p) for p in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
