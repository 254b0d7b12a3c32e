"""How a written program reads a text and cuts it into windows."""

from __future__ import annotations

from graphcore.exchange.experiment import Experiment
from graphcore.exchange.piece import Piece
from graphcore.training.recipe import names_a_file

NUMPY = "import numpy as np"

SET_PLAIN = """
    plain = {"“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "…": "..."}
    text = "\\n\\n".join(topics.topics.values()).translate(str.maketrans(plain))
    characters = "\\n" + "".join(map(chr, range(32, 127)))
    text = "".join(sign if sign in characters else "?" for sign in text)
"""

CUT = """
    cut = len(tokens) - round(0.1 * len(tokens))  # The last tenth is held out.
    tokens, held_out = tokens[:cut], tokens[cut:]
    count = (len(held_out) - 1) // block_size * block_size
    x_test = held_out[:count].view(-1, block_size)
    y_test = held_out[1 : count + 1].view(-1, block_size)
    samples = len(tokens) // block_size - 1
"""

EACH_EPOCH = Piece(
    """
    begin = int(np.random.default_rng((seed, epoch, 1)).integers(block_size))
    end = begin + samples * block_size
    x = tokens[begin:end].view(-1, block_size)
    y = tokens[begin + 1 : end + 1].view(-1, block_size)
    """,
    (NUMPY,),
)
"""The windows of an epoch: they begin elsewhere in every one."""

FROM_CHARACTERS = """
    place = {sign: index for index, sign in enumerate(characters)}
    tokens = torch.tensor([place[sign] for sign in text], device=device)
"""


def topics(experiment: Experiment) -> tuple[Piece, ...]:
    """The help texts that come with Python."""
    if experiment.recipe.tokens == "bytes":
        coded = ["tokens = torch.tensor(list(text.encode()), device=device)"]
    else:
        coded = Piece(FROM_CHARACTERS).lines
    return _windows(experiment, [*Piece(SET_PLAIN).lines, *coded], "from pydoc_data import topics")


def text_file(experiment: Experiment) -> tuple[Piece, ...]:
    """A file in UTF-8."""
    read = "Path(data_file).read_bytes()"
    if experiment.recipe.tokens == "bytes":
        lines = [f"tokens = torch.tensor(list({read}), device=device)"]
    else:
        lines = [f"text = {read}.decode()", "characters = sorted(set(text))"]
        lines += Piece(FROM_CHARACTERS).lines
    return _windows(experiment, lines, "from pathlib import Path")


def _windows(experiment: Experiment, read: list[str], *imports: str) -> tuple[Piece, ...]:
    settings: dict[str, object] = {"block_size": experiment.info.sample_shape[0]}
    if names_a_file(experiment.recipe.data):
        settings |= file_setting(experiment)
    return (Piece("\n".join([*read, *Piece(CUT).lines]), imports, settings),)


def each_epoch(experiment: Experiment) -> Piece:
    """What an epoch begins with: a text's windows begin elsewhere."""
    return EACH_EPOCH if experiment.info.classes_last else Piece()


def file_setting(experiment: Experiment) -> dict[str, object]:
    """Where the data are, by a path that leads there from everywhere."""
    return {"data_file": experiment.path}
