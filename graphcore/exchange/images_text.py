"""How a written program reads a folder of images."""

from __future__ import annotations

from pathlib import Path

from graphcore.exchange.experiment import Experiment
from graphcore.exchange.piece import WIDTH, Piece, literal
from graphcore.training.data.sources.images import SUFFIXES, parts_of

IMAGES_IN = """
    def images_in(folder):
        \"\"\"The images in a folder, by name.\"\"\"
        return sorted(path for path in folder.glob("*") if path.suffix.lower() in suffixes)
"""

LISTED = """
    def listed(root):
        \"\"\"Every image with its class, the place of its folder.\"\"\"
        parts = [(root / name, label) for label, name in enumerate(names)]
        return [(path, label) for part, label in parts for path in images_in(part)]
"""

DECODED = """
    def decoded(images):
        \"\"\"The middle of every image in the size that is wanted, from 0 to 1.\"\"\"
        values = []
        for path, _ in images:
            with Image.open(path) as image:
                plain = image.convert("{mode}")
            fitted = ImageOps.fit(plain, ({width}, {height}), Image.Resampling.BILINEAR)
            values.append(np.asarray(fitted, dtype=np.float32) / 255)
        x = {stacked}
        return x, np.array([label for _, label in images])
"""

SPLIT = """
    images = listed(root)
    order = np.random.default_rng(0).permutation(len(images))  # The same for every seed.
    held_out, train = np.split(order, [{count}])
    x, y = decoded([images[index] for index in sorted(train)])
    x_test, y_test = decoded([images[index] for index in sorted(held_out)])
"""

SAID = """
    x, y = decoded(listed(root))
    x_test, y_test = decoded(listed(Path(data_file) / {test}))
"""


def image_functions(experiment: Experiment) -> tuple[Piece, ...]:
    """The functions that list and decode images."""
    channels, height, width = experiment.info.sample_shape
    stacked = "np.ascontiguousarray(np.stack(values).transpose(0, 3, 1, 2))"
    text = DECODED.format(
        mode="L" if channels == 1 else "RGB",
        width=width,
        height=height,
        stacked="np.stack(values)[:, None]" if channels == 1 else stacked,
    )
    imports = ("from PIL import Image", "from PIL import ImageOps")
    return Piece(IMAGES_IN), Piece(LISTED), Piece(text, imports)


def read_images(experiment: Experiment) -> Piece:
    """The lines that read the folder, whose parts are named where it says what is held out."""
    root = Path(experiment.path)
    train, test = parts_of(root)
    below = "" if test is None else f" / {literal(train.name)}"
    rest = SPLIT.format(count=experiment.info.held_out)
    if test is not None:
        rest = SAID.format(test=literal(test.name))
    lines = [
        *_suffixes(root),
        f"root = Path(data_file){below}",
        "names = [part.name for part in sorted(root.iterdir()) if images_in(part)]",
        *Piece(rest).lines,
    ]
    settings: dict[str, object] = {"data_file": experiment.path}
    return Piece("\n".join(lines), ("from pathlib import Path",), settings)


def _suffixes(root: Path) -> list[str]:
    """Those of the images that there are."""
    found = sorted({path.suffix.lower() for path in root.rglob("*")} & set(SUFFIXES))
    line = f"suffixes = [{', '.join(map(literal, found))}]"
    if len(line) <= WIDTH:
        return [line]
    return ["suffixes = [", *(f"    {literal(suffix)}," for suffix in found), "]"]
