"""UNet: a PyTorch module."""

import torch
from torch import nn


def crop_like(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The middle of ``x``, as large as ``like`` (Ronneberger et al. 2015)."""
    top = (x.shape[-2] - like.shape[-2]) // 2
    left = (x.shape[-1] - like.shape[-1]) // 2
    return x[..., top : top + like.shape[-2], left : left + like.shape[-1]]


class DoubleConv(nn.Module):
    """Two 3×3 convolutions."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, width, 3),
            nn.ReLU(),
            nn.Conv2d(width, width, 3),
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
        up = self.up(x)
        x = crop_like(encoded, up)
        x = torch.cat((x, up), dim=1)
        return self.conv(x)


class UNet(nn.Module):
    """U-Net."""

    def __init__(self, classes: int = 2) -> None:
        super().__init__()
        self.inc = DoubleConv(1, 64)
        self.down1 = Down(64, 128)
        self.down2 = Down(128, 256)
        self.down3 = Down(256, 512)
        self.down4 = Down(512, 1024)
        self.up1 = Up(1024, 512, 512)
        self.up2 = Up(512, 256, 256)
        self.up3 = Up(256, 128, 128)
        self.up4 = Up(128, 64, 64)
        self.outc = nn.Conv2d(64, classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inc = self.inc(x)
        down1 = self.down1(inc)
        down2 = self.down2(down1)
        down3 = self.down3(down2)
        x = self.down4(down3)
        x = self.up1(x, down3)
        x = self.up2(x, down2)
        x = self.up3(x, down1)
        x = self.up4(x, inc)
        return self.outc(x)


if __name__ == "__main__":
    model = UNet().eval()
    output = model(torch.zeros(1, 1, 572, 572))
    assert output.shape == (1, 2, 388, 388), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"UNet: {parameters:,} parameters")
