"""The PyTorch side of the check: scores with exported weights, and makes networks that are imported.

For each file of the manifest's toTorch, loads it strictly into the reference network and writes the logits of all images. For each
of fromTorch, makes a network with random weights, some of them zero, and batch-norm statistics from a pass over images; writes its
state dictionary as a safetensors file, and its logits.

Argument: the folder of the manifest. The number of threads is that of OMP_NUM_THREADS.
"""

import json
import os
import re
import struct
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH = 250
STATISTICS_IMAGES = 500


class Block(nn.Module):
    """Two 3x3 convolutions with batch-norm; a 1x1 projection with batch-norm where the shape changes."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        inner = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(inner)) + self.shortcut(x))


class ResNet(nn.Module):
    """ResNet-A-B: three stages of (A - 2)/6 blocks with B, 2B and 4B filters."""

    def __init__(self, depth, width, channels, classes):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        blocks, inputs = [], width
        for stage in range(3):
            for index in range((depth - 2) // 6):
                filters = width << stage
                blocks.append(Block(inputs, filters, 2 if stage > 0 and index == 0 else 1))
                inputs = filters
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn(self.conv(x))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def load_safetensors(path):
    """The tensors of a safetensors file, by the description of the format."""
    types = {"F32": (np.dtype("<f4"), torch.float32), "I64": (np.dtype("<i8"), torch.int64)}
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        kind, target = types[entry["dtype"]]
        values = np.frombuffer(data[8 + length + start : 8 + length + end], kind).reshape(entry["shape"]).copy()
        tensors[name] = torch.from_numpy(values).to(target)
    return tensors


def save_safetensors(tensors, path):
    """Writes tensors as a safetensors file, by the description of the format."""
    names = {torch.float32: ("F32", "<f4"), torch.int64: ("I64", "<i8")}
    header, parts, offset = {}, [], 0
    for name, tensor in tensors.items():
        kind, target = names[tensor.dtype]
        part = tensor.contiguous().numpy().astype(target).tobytes()
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [offset, offset + len(part)]}
        parts.append(part)
        offset += len(part)
    text = json.dumps(header).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def build(entry, manifest):
    depth, width = re.fullmatch(r"ResNet-(\d+)-(\d+)", entry["network"]).groups()
    return ResNet(int(depth), int(width), manifest["shape"][0], manifest["classCount"])


def batches(entry, images):
    """Normalised images: (pixel/255 - mean)/deviation."""
    mean = torch.tensor(entry["mean"]).view(1, -1, 1, 1)
    deviation = torch.tensor(entry["standardDeviation"]).view(1, -1, 1, 1)
    for first in range(0, len(images), BATCH):
        yield (torch.from_numpy(images[first : first + BATCH]).float() / 255 - mean) / deviation


def make_up(entry, network, images):
    """Random weights of which a share is zero, and statistics of the batch-norm layers that fit them."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            weights = module.weight.data
            nn.init.kaiming_normal_(weights)
            zeros = torch.randperm(weights.numel())[: round(entry["sparsity"] * weights.numel())]
            weights.view(-1)[zeros] = 0
            weights /= max(1 - entry["sparsity"], 1e-3) ** 0.5
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.7, 1.3)
            nn.init.uniform_(module.bias, -0.3, 0.3)
            # The statistics are then the mean over all batches.
            module.momentum = None
    nn.init.uniform_(network.fc.bias, -0.5, 0.5)
    network.train()
    for batch in batches(entry, images[:STATISTICS_IMAGES]):
        network(batch)


def write_logits(folder, entry, network, images):
    network.eval()
    logits = torch.cat([network(batch) for batch in batches(entry, images)])
    logits.numpy().astype("<f4").tofile(os.path.join(folder, entry["logits"]))


def main():
    folder = sys.argv[1]
    torch.manual_seed(1)
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    images = np.fromfile(os.path.join(folder, manifest["images"]), np.uint8).reshape(-1, *manifest["shape"])
    with torch.no_grad():
        for entry in manifest["toTorch"]:
            print(f"PyTorch {torch.__version__}: {entry['path']} ...", file=sys.stderr)
            network = build(entry, manifest)
            network.load_state_dict(load_safetensors(os.path.join(folder, entry["path"])), strict=True)
            write_logits(folder, entry, network, images)
        for entry in manifest["fromTorch"]:
            print(f"PyTorch {torch.__version__}: making {entry['path']} ...", file=sys.stderr)
            network = build(entry, manifest)
            make_up(entry, network, images)
            save_safetensors(network.state_dict(), os.path.join(folder, entry["path"]))
            write_logits(folder, entry, network, images)


main()
