"""The U-Net of the paper, whose convolutions are not padded, and the padded one with batch norm
(Ronneberger et al. 2015)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def double(inputs: int, outputs: int, padded: bool) -> nn.Sequential:
    """Two 3×3 convolutions and ReLUs; the padded ones have norms in place of biases."""
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        if padded:
            layers += [nn.Conv2d(channels, outputs, 3, padding=1, bias=False)]
            layers += [nn.BatchNorm2d(outputs)]
        else:
            layers.append(nn.Conv2d(channels, outputs, 3))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def center_crop(x: Tensor, like: Tensor) -> Tensor:
    """The middle of ``x``, as large as ``like``."""
    height, width = like.shape[2:]
    top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
    return x[:, :, top : top + height, left : left + width]


class UNet(nn.Module):
    """A U-Net with up-convolutions."""

    def __init__(self, colors: int, widths: tuple[int, ...], classes: int, padded: bool) -> None:
        super().__init__()
        self.padded = padded
        self.first = double(colors, widths[0], padded)
        self.down = nn.ModuleList(double(a, 2 * a, padded) for a in widths[:-1])
        self.up = nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.up.append(nn.ConvTranspose2d(2 * width, width, 2, 2))
            self.up.append(double(2 * width, width, padded))
        self.last = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        levels = [self.first(x)]
        for down in self.down:
            levels.append(down(functional.max_pool2d(levels[-1], 2)))
        x = levels.pop()
        for up, convs in zip(self.up[::2], self.up[1::2], strict=True):
            x, encoded = up(x), levels.pop()
            if self.padded:
                rows, columns = encoded.shape[2] - x.shape[2], encoded.shape[3] - x.shape[3]
                around = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
                x = functional.pad(x, around)
            else:
                encoded = center_crop(encoded, x)
            x = convs(torch.cat((encoded, x), 1))
        y: Tensor = self.last(x)
        return y
