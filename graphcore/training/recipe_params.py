"""The typed parameters of a recipe, in the groups in which a form shows them."""

from __future__ import annotations

from collections.abc import Mapping

from graphcore.spec import BoolParam, ChoiceParam, FloatParam, IntParam, Param, TextParam
from graphcore.training.optimizer_kinds import OPTIMIZER_KINDS

_DATA: tuple[Param, ...] = (
    TextParam(
        name="data",
        doc="What to learn: the name of a data set (digits, topics, shapes, iris …), or the path "
        "of a file or a folder.",
        default="digits",
        longest=4096,
    ),
    ChoiceParam(
        name="normalise",
        doc="Give samples, and values to be met, mean 0 and deviation 1, as measured on what is "
        "learnt from: images by channel, tables by column.",
        default="standardise",
        choices=("standardise", "none"),
        titles=("Mean 0, deviation 1", "As they are"),
        advanced=True,
    ),
    BoolParam(
        name="flip",
        doc="Mirror every other image, drawn anew in every epoch. Not for digits and letters.",
        default=False,
        advanced=True,
    ),
    IntParam(
        name="shift",
        doc="Move images by up to so many pixels each way, the edges repeated: a crop of the "
        "padded image.",
        default=0,
        minimum=0,
        maximum=1024,
        advanced=True,
    ),
    IntParam(
        name="cutout",
        doc="Blank a square of so many pixels in every image (DeVries and Taylor 2017).",
        default=0,
        minimum=0,
        maximum=1024,
        advanced=True,
    ),
    FloatParam(
        name="noise",
        doc="Add normal noise of this deviation to samples.",
        default=0.0,
        minimum=0.0,
        maximum=10.0,
        advanced=True,
    ),
    ChoiceParam(
        name="tokens",
        doc="What a text is made of: its characters, or the bytes of its UTF-8.",
        default="characters",
        choices=("characters", "bytes"),
        titles=("Characters", "Bytes"),
        advanced=True,
    ),
)

_OPTIMISATION: tuple[Param, ...] = (
    ChoiceParam(
        name="loss",
        doc="What is made small. Auto: cross-entropy for classes, the mean squared error for "
        "values. Huber is squared where little is missed and absolute where much; binary "
        "cross-entropy takes a logit for each yes or no.",
        default="auto",
        choices=("auto", "cross_entropy", "bce", "mse", "l1", "huber"),
        titles=(
            "Auto",
            "Cross-entropy",
            "Binary cross-entropy",
            "Mean squared error",
            "Mean absolute error",
            "Huber",
        ),
    ),
    ChoiceParam(
        name="optimizer",
        doc="How weights follow their gradients: "
        + "; ".join(f"{kind.title} ({kind.doc})" for kind in OPTIMIZER_KINDS.values())
        + ".",
        default="sgd",
        choices=tuple(OPTIMIZER_KINDS),
        titles=tuple(kind.title for kind in OPTIMIZER_KINDS.values()),
    ),
    FloatParam(
        name="learning_rate",
        doc="How far a step goes; under a schedule, the largest value. About 0.05 for SGD, 0.001 "
        "for Adam.",
        default=0.05,
        minimum=1e-8,
        maximum=100.0,
        logarithmic=True,
    ),
    FloatParam(
        name="momentum",
        doc="The share of the last step that SGD, RMSprop and Muon keep; Adam and its kin have "
        "their own.",
        default=0.9,
        minimum=0.0,
        maximum=0.9999,
    ),
    IntParam(
        name="batch_size",
        doc="How many samples a step averages over.",
        default=64,
        maximum=2**20,
    ),
    IntParam(
        name="epochs",
        doc="How often the training data is gone through.",
        default=8,
        maximum=100_000,
    ),
    IntParam(
        name="steps",
        doc="End after this many steps whatever the epochs say; empty: after the epochs.",
        default=None,
        optional=True,
        unset="none",
        maximum=2**31 - 1,
        advanced=True,
    ),
    FloatParam(
        name="weight_decay",
        doc="How strongly weights are pulled to zero.",
        default=1e-4,
        minimum=0.0,
        maximum=1.0,
    ),
    BoolParam(
        name="decay_biases",
        doc="Pull biases and the gains of norms to zero as well. Most leave them out with AdamW.",
        default=True,
        advanced=True,
    ),
    BoolParam(
        name="nesterov",
        doc="Let momentum look ahead (Nesterov 1983).",
        default=False,
        advanced=True,
    ),
    FloatParam(
        name="clip_norm",
        doc="Shorten the gradient of all weights together to this length where it is longer; "
        "empty: never. The gradients that are shown stay as they were.",
        default=None,
        optional=True,
        unset="none",
        minimum=1e-6,
        maximum=1e6,
        advanced=True,
    ),
    IntParam(
        name="accumulation",
        doc="Go through a minibatch in so many parts, one after the other, to save memory. The "
        "step is the same, but batch norm sees each part alone.",
        default=1,
        maximum=4096,
        advanced=True,
    ),
    FloatParam(
        name="label_smoothing",
        doc="The share of certainty that is taken from the right class and spread over all "
        "(Szegedy et al. 2016); 0.1 is usual for large image classifiers.",
        default=0.0,
        minimum=0.0,
        maximum=0.9,
        advanced=True,
    ),
)

_SCHEDULE: tuple[Param, ...] = (
    ChoiceParam(
        name="schedule",
        doc="How the learning rate changes: not at all, along half a cosine down to zero, up and "
        "down once, the momentum the other way (Smith and Topin 2018), or by a factor of ten after "
        "half and after three quarters of the run.",
        default="one_cycle",
        choices=("constant", "cosine", "one_cycle", "step"),
        titles=("Constant", "Cosine", "One cycle", "Step"),
    ),
    IntParam(
        name="warm_up",
        doc="Raise the learning rate evenly over so many steps before the schedule begins. "
        "Transformers are mostly given some hundred.",
        default=0,
        minimum=0,
        maximum=2**31 - 1,
    ),
)

_PRECISION: tuple[Param, ...] = (
    TextParam(
        name="device",
        doc="Where to compute: auto (a GPU where there is one), cpu, cuda or cuda:N.",
        default="auto",
        longest=20,
    ),
    IntParam(
        name="devices",
        doc="Share every minibatch among so many devices, a process each (data parallel): GPUs "
        "from the chosen one on, or processes on the CPU. A step is that of the whole minibatch.",
        default=1,
        maximum=64,
        advanced=True,
    ),
    ChoiceParam(
        name="precision",
        doc="float32; tf32, which rounds factors of matrix products on NVIDIA GPUs; bf16 and fp16, "
        "which compute with half as many bits where that does no harm, weights staying float32. "
        "fp16 scales the loss so that small gradients do not vanish.",
        default="float32",
        choices=("float32", "tf32", "bf16", "fp16"),
        titles=("float32", "TF32", "bfloat16", "float16, scaled"),
    ),
    BoolParam(
        name="channels_last",
        doc="Keep the channels of a pixel side by side in memory: the numbers are the same, and "
        "convolutions are mostly faster.",
        default=False,
        advanced=True,
    ),
    BoolParam(
        name="compile",
        doc="Compile each repeated block with torch.compile. The first steps take a minute or "
        "more, so it is worth it for long runs.",
        default=False,
        advanced=True,
    ),
)

_ADVANCED: tuple[Param, ...] = (
    ChoiceParam(
        name="initialisation",
        doc="How weights begin: as PyTorch has it, or by He et al. 2015, Glorot and Bengio 2010 or "
        "Saxe et al. 2014 (orthogonal), with biases 0.",
        default="torch",
        choices=("torch", "he", "glorot", "orthogonal"),
        titles=("PyTorch's own", "He", "Glorot", "Orthogonal"),
    ),
    BoolParam(
        name="zero_branches",
        doc="Begin with the last norm of every skip's branch at zero, so that each residual block "
        "begins as its shortcut (Goyal et al. 2017).",
        default=False,
    ),
    IntParam(
        name="seed",
        doc="Fixes the first weights, the order of the data and every random draw, so that a run "
        "can be repeated.",
        default=0,
        minimum=0,
        maximum=2**31 - 1,
    ),
    IntParam(
        name="edges_every",
        doc="How many steps apart it is measured what the values on the edges are like, which "
        "gradients come back along them, and how far the weights move; 0: never. Such a step takes "
        "about twice as long as another. The gradients of all layers are taken at every step.",
        default=20,
        minimum=0,
        maximum=1_000_000,
    ),
    BoolParam(
        name="deterministic",
        doc="Ask for algorithms that give the same bits every time, where there are such. Without "
        "it a run on a GPU is faster and cannot be repeated exactly.",
        default=True,
    ),
)

GROUPS: Mapping[str, tuple[Param, ...]] = {
    "Data": _DATA,
    "Optimisation": _OPTIMISATION,
    "Schedule": _SCHEDULE,
    "Precision": _PRECISION,
    "Advanced": _ADVANCED,
}
"""The parameters by the group in which they stand."""

RECIPE: tuple[Param, ...] = tuple(param for group in GROUPS.values() for param in group)
"""Every parameter, in order."""
