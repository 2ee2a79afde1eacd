"""The PyTorch side of the comparison: whole training steps of a masked dense network, and the network as an ONNX file.

One JSON object a line comes in on standard input, one goes out on standard output; between requests the process waits and
does nothing. A request names what to do in "op"; the answer is what the function of that name returns, or {"error": text}.
The number of threads is that of OMP_NUM_THREADS, which OpenMP and oneDNN read when the process starts.
"""

import json
import os
import re
import subprocess
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

MEAN = (0.4914, 0.4822, 0.4465)
DEVIATION = (0.2023, 0.1994, 0.2010)
PADDING = 4
SIDE = 32
CLASSES = 10
IMAGES = 2048
# Steps before the clock counts: oneDNN compiles its kernels and the allocator finds its sizes in the first ones.
WARM_UP = 3

LAYOUTS = {"NCHW": torch.contiguous_format, "channels-last": torch.channels_last}


class Block(nn.Module):
    """Two 3x3 convolutions with batch-norm; a 1x1 projection with batch-norm where the shape changes."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.shortcut = None
        if stride != 1:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        inner = F.relu(self.bn1(self.conv1(x)), inplace=True)
        outer = self.bn2(self.conv2(inner))
        return F.relu(outer + (x if self.shortcut is None else self.shortcut(x)), inplace=True)


class ResNet(nn.Module):
    """ResNet-A-B: three stages of (A - 2)/6 blocks with B, 2B and 4B filters."""

    def __init__(self, depth, width):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        blocks, inputs = [], width
        for stage in range(3):
            for index in range((depth - 2) // 6):
                filters = width << stage
                blocks.append(Block(inputs, filters, 2 if stage > 0 and index == 0 else 1))
                inputs = filters
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(inputs, CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn(self.conv(x)), inplace=True))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def build(name):
    depth, width = re.fullmatch(r"ResNet-(\d+)-(\d+)", name).groups()
    torch.manual_seed(17)
    return ResNet(int(depth), int(width))


class Training:
    """One network in training. The masks are those of a sparse network, but the time does not depend on them."""

    def __init__(self, name, batch, density, layout):
        self.batch, self.layout = batch, layout
        self.format = LAYOUTS[layout]
        self.model = build(name).to(memory_format=self.format).train()
        self.parameters = sum(p.numel() for p in self.model.parameters())
        weights = [p for p in self.model.parameters() if p.dim() > 1]
        # A bernoulli tensor of each weight's own layout, so that applying it is one pass over both.
        self.masks = [(w, torch.empty_like(w).bernoulli_(density)) for w in weights]
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
        # Padded once: a step then cuts each image out with one gather. Pixels lie channels-last, so that the gather moves
        # three bytes at each place it computes.
        images = torch.randint(0, 256, (IMAGES, 3, SIDE, SIDE), dtype=torch.uint8)
        padded = F.pad(images.float(), [PADDING] * 4, mode="reflect").to(torch.uint8)
        self.images = padded.permute(0, 2, 3, 1).contiguous()
        self.labels = torch.randint(0, CLASSES, (IMAGES,))
        self.mean = torch.tensor(MEAN) * 255
        self.scale = 1 / (torch.tensor(DEVIATION) * 255)
        self.line = torch.arange(SIDE)
        self.order, self.at, self.count = torch.randperm(IMAGES), 0, 0
        self.apply_masks()

    def apply_masks(self):
        with torch.no_grad():
            for weight, mask in self.masks:
                weight.mul_(mask)

    def augmented(self):
        if self.at + self.batch > IMAGES:
            self.order, self.at = torch.randperm(IMAGES), 0
        chosen = self.order[self.at : self.at + self.batch]
        self.at += self.batch
        rows = torch.randint(0, 2 * PADDING + 1, (self.batch, 1)) + self.line
        columns = torch.randint(0, 2 * PADDING + 1, (self.batch, 1))
        flipped = torch.randint(0, 2, (self.batch, 1)).bool()
        columns = columns + torch.where(flipped, SIDE - 1 - self.line, self.line)
        pixels = self.images[chosen[:, None, None], rows[:, :, None], columns[:, None, :]]
        pixels = pixels.to(torch.float32).sub_(self.mean).mul_(self.scale).permute(0, 3, 1, 2)
        return pixels.contiguous(memory_format=self.format), self.labels[chosen]

    def step(self):
        """One step; gives the time of all of it and of applying the masks, in milliseconds."""
        start = time.perf_counter()
        pixels, labels = self.augmented()
        # The schedule: the rate of this step.
        for group in self.optimizer.param_groups:
            group["lr"] = 0.1 if self.count < 1_000_000 else 0.01
        self.optimizer.zero_grad(set_to_none=True)
        logits = self.model(pixels)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        self.optimizer.step()
        masking = time.perf_counter()
        self.apply_masks()
        masked = time.perf_counter()
        value = loss.item()
        correct = int((logits.argmax(1) == labels).sum())
        end = time.perf_counter()
        self.count += 1
        if value != value or not 0 <= correct <= self.batch:
            raise ArithmeticError(f"the loss of step {self.count} is {value}")
        return 1000 * (end - start), 1000 * (masked - masking)


trainings = {}


def version():
    """PyTorch's version: that of Debian's package where it is from there, as it calls itself another one."""
    if torch.__file__.startswith("/usr/lib/python3/"):
        asked = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "python3-torch"], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            return asked.stdout.split("+")[0]
    return torch.__version__


def hello(request):
    return {"torch": version(), "python": sys.version.split()[0], "threads": torch.get_num_threads(),
            "oneDNN": torch.backends.mkldnn.is_available()}


def train_prepare(request):
    """Makes a training and warms it up."""
    training = Training(request["network"], request["batch"], request["density"], request["layout"])
    for _ in range(WARM_UP):
        training.step()
    trainings[request["key"]] = training
    return {"parameters": training.parameters}


def train_run(request):
    """Runs steps; the time of each, and of masking in it, in milliseconds."""
    training = trainings[request["key"]]
    times = [training.step() for _ in range(request["count"])]
    return {"times": [time for time, _ in times], "masking": [masking for _, masking in times]}


def drop(request):
    trainings.pop(request["key"], None)
    return {}


def peak_memory(request):
    """The most memory that the process has had at a time, in bytes."""
    with open("/proc/self/status", encoding="ascii") as status:
        return {"bytes": next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))}


def export(request):
    """Writes the dense network as ONNX, in evaluation mode and with a batch of any size; and, without a network, a rectifier
    of one value, whose run costs nothing but the way to it."""
    if request.get("network") is None:
        model, sample, axes = nn.ReLU(), torch.zeros(1), None
    else:
        model, sample = build(request["network"]), torch.randn(8, 3, SIDE, SIDE)
        # Running statistics of what the network really sees.
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 1.0
        with torch.no_grad():
            model.train()(torch.randn(128, 3, SIDE, SIDE))
        axes = {"input": {0: "batch"}, "output": {0: "batch"}}
    path = request["path"]
    torch.onnx.export(model.eval(), sample, path + ".part", input_names=["input"], output_names=["output"],
                      dynamic_axes=axes, opset_version=13, do_constant_folding=True)
    os.replace(path + ".part", path)
    return {"parameters": sum(p.numel() for p in model.parameters())}


OPERATIONS = {function.__name__: function for function in (hello, train_prepare, train_run, drop, peak_memory, export)}


def main():
    # What libraries print goes to standard error: standard output carries answers only.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = OPERATIONS[request["op"]](request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


main()
