"""UNet: a PyTorch module."""

import torch
from torch import nn


def pad_like(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """``x`` with zeros around it, as large as ``like``; the smaller half in front."""
    rows = like.shape[-2] - x.shape[-2]
    columns = like.shape[-1] - x.shape[-1]
    around = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return nn.functional.pad(x, around)


class DoubleConv(nn.Module):
    """Two 3×3 convolutions."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.double_conv(x)


class Down(nn.Module):
    """Half the size, then two convolutions."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.maxpool_conv = nn.Sequential(
            nn.MaxPool2d(2), DoubleConv(in_channels, width)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.maxpool_conv(x)


class Up(nn.Module):
    """Twice the size, joined with what the encoder saw."""

    def __init__(self, in_channels: int, encoded_channels: int, width: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, width, 2, stride=2)
        self.conv = DoubleConv(encoded_channels + width, width)

    def forward(self, x: torch.Tensor, encoded: torch.Tensor) -> torch.Tensor:
        x = self.up(x)
        x = pad_like(x, encoded)
        x = torch.cat((encoded, x), dim=1)
        return self.conv(x)


class OutConv(nn.Module):
    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


class UNet(nn.Module):
    """U-Net."""

    def __init__(self, width: int = 8, classes: int = 4) -> None:
        super().__init__()
        self.inc = DoubleConv(1, width)
        self.down1 = Down(width, 2 * width)
        self.down2 = Down(2 * width, 4 * width)
        self.down3 = Down(4 * width, 8 * width)
        self.up1 = Up(8 * width, 4 * width, 4 * width)
        self.up2 = Up(4 * width, 2 * width, 2 * width)
        self.up3 = Up(2 * width, width, width)
        self.outc = OutConv(width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inc = self.inc(x)
        down1 = self.down1(inc)
        down2 = self.down2(down1)
        x = self.down3(down2)
        x = self.up1(x, down2)
        x = self.up2(x, down1)
        x = self.up3(x, inc)
        return self.outc(x)


if __name__ == "__main__":
    model = UNet().eval()
    output = model(torch.zeros(2, 1, 64, 64))
    assert output.shape == (2, 4, 64, 64), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"UNet: {parameters:,} parameters")
