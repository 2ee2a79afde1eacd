"""Works out every evaluation metric a second time, straight from its definition, and writes golden.json next to this file.

    python3 golden.py          (needs NumPy; takes a few seconds)

The metrics' tests read golden.json and must agree to 1e-6. Nothing here is meant to be fast: pairs are counted as pairs, and
curves are walked one threshold at a time. Scores are whole numbers over a power of two, so that both programs start from
the same single-precision numbers.
"""
import json
import math
import os

import numpy as np

rng = np.random.default_rng(2202)
sets = {}


# ---------------------------------------------------------------- data

def add_set(name, numerators, divisor, labels=None):
    numerators = np.asarray(numerators, dtype=np.int64)
    sets[name] = {
        "classes": numerators.shape[1],
        "divisor": divisor,
        "scores": numerators.ravel().tolist(),
        "labels": [] if labels is None else np.asarray(labels).tolist(),
    }


def rows_of(name):
    one = sets[name]
    return (np.array(one["scores"], dtype=np.float32) / np.float32(one["divisor"])).reshape(-1, one["classes"])


def labels_of(name):
    return np.array(sets[name]["labels"])


def logits_for(labels, classes, pull, spread, divisor):
    z = rng.normal(0, spread, (len(labels), classes))
    z[np.arange(len(labels)), labels] += pull
    return np.round(z * divisor).astype(int)


def make_sets():
    labels = rng.integers(0, 10, 300)
    z = logits_for(labels, 10, 3.0, 2.0, 16)
    z[200:240] = z[0:40]                       # equal rows, some of them with another label
    labels[200:220] = labels[0:20]
    add_set("ten", z, 16, labels)

    add_set("ten-shifted", np.round(rng.normal(0, 1.5, (220, 10)) * 16).astype(int), 16)

    labels = rng.integers(0, 100, 150)
    add_set("hundred", logits_for(labels, 100, 4.0, 2.0, 8), 8, labels)

    labels = rng.integers(0, 4, 240)           # few distinct confidences, many ties for the largest
    z = rng.integers(-1, 2, (240, 4))
    z[np.arange(240), labels] += rng.integers(0, 2, 240)
    add_set("tied", z, 1, labels)

    labels = np.ones(60, dtype=int)            # every label the same
    add_set("one-class", logits_for(labels, 3, 1.0, 1.0, 16), 16, labels)

    sure = [[1024, 0, 0, 0, 0], [0, 1024, 0, 0, 0], [0, 0, 0, 0, 1024]]
    plain = [[205, 205, 205, 205, 204], [512, 512, 0, 0, 0], [1023, 1, 0, 0, 0], [0, 256, 256, 256, 256]]
    p = []
    for k in range(180):
        if k % 3 == 0:
            p.append(sure[(k // 3) % 3])
        elif k % 3 == 1:
            p.append(plain[(k // 3) % 4])
        else:
            cut = np.sort(rng.integers(0, 1025, 4))
            p.append(np.diff(np.concatenate([[0], cut, [1024]])).tolist())
    p = np.array(p)
    labels = np.where(rng.random(180) < 0.7, p.argmax(axis=1), rng.integers(0, 5, 180))
    add_set("probabilities", p, 1024, labels)

    labels = rng.integers(0, 2, 80)            # two classes, very sure: most bins are empty
    add_set("sure", np.stack([np.where(labels == 0, 990, 20), np.where(labels == 0, 34, 1004)], axis=1), 1024,
            np.where(rng.random(80) < 0.1, 1 - labels, labels))


# ---------------------------------------------------------------- calibration

def softmax(z, temperature=1.0):
    z = z.astype(np.float64) / temperature
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def bin_of(p, bins):
    """The bin (b/B, (b+1)/B] of a single-precision probability, edges in single precision."""
    for b in range(bins):
        if p <= np.float32((b + 1) / bins):
            return b
    return bins - 1


def gaps(groups, n):
    return sum(len(c) / n * abs(np.mean(a) - np.mean(c)) for a, c in groups if len(c))


def grouped(bin_index, hit, conf, bins):
    bin_index = np.asarray(bin_index)
    return [(hit[bin_index == b].astype(float), conf[bin_index == b].astype(float)) for b in range(bins)]


def calibration(rows, labels, bins, is_logits, temperature=1.0):
    n, classes = rows.shape
    predicted = rows.argmax(axis=1)
    exact = softmax(rows, temperature) if is_logits else rows.astype(np.float64)
    p32 = exact.astype(np.float32)
    conf = p32.max(axis=1)
    hit = predicted == labels
    width = grouped([bin_of(c, bins) for c in conf], hit, conf, bins)
    mass = grouped([int(bins * int((conf < c).sum()) // n) for c in conf], hit, conf, bins)
    by_class = [
        gaps(grouped([bin_of(p, bins) for p in p32[:, k]], labels == k, p32[:, k], bins), n) for k in range(classes)]
    one_hot = np.eye(classes)[labels]
    true_p = exact[np.arange(n), labels]
    nll = -np.log(true_p if is_logits else np.maximum(true_p, 1e-15))

    def diagram(groups):
        return [{"count": len(c), "correct": int(a.sum()), "confidence": float(c.mean()) if len(c) else None} for a, c in groups]

    return {
        "accuracy": hit.mean(), "meanConfidence": conf.astype(float).mean(),
        "ece": gaps(width, n), "eceEqualMass": gaps(mass, n),
        "mce": max(abs(a.mean() - c.mean()) for a, c in width if len(c)),
        "eceClasswise": np.mean(by_class),
        "brier": ((p32.astype(np.float64) - one_hot) ** 2).sum(axis=1).mean(),
        "nll": nll.mean(),
        "equalWidth": diagram(width), "equalMass": diagram(mass),
    }


# ---------------------------------------------------------------- out-of-distribution

def ood_score(rows, name, is_logits):
    z = rows.astype(np.float64)
    p = softmax(rows) if is_logits else z
    ordered = np.sort(p, axis=1)
    if name == "MaxSoftmax":
        return -p.max(axis=1)
    if name == "MaxLogit":
        return -z.max(axis=1)
    if name == "Margin":
        return -(ordered[:, -1] - ordered[:, -2])
    if name == "Entropy":
        return np.array([-sum(v * math.log(v) for v in row if v > 0) for row in p])
    t = 1.0 if name == "Energy" else float(name[len("Energy("):-1])
    return -t * np.log(np.exp(z / t).sum(axis=1))


def average_precision(scores, positive):
    """Step sum over distinct thresholds; a high score means positive."""
    area, recall_before = 0.0, 0.0
    for t in sorted(set(scores.tolist()), reverse=True):
        taken = scores >= t
        recall = (taken & positive).sum() / positive.sum()
        area += (recall - recall_before) * (taken & positive).sum() / taken.sum()
        recall_before = recall
    return area


def detection(inside, outside):
    inside, outside = np.asarray(inside, float), np.asarray(outside, float)
    every = np.concatenate([inside, outside])
    is_out = np.arange(len(every)) >= len(inside)
    wins = sum((o > i) + 0.5 * (o == i) for o in outside for i in inside)
    thresholds = sorted(set(every.tolist()))
    threshold = next(t for t in sorted(set(inside.tolist())) if (inside <= t).sum() / len(inside) >= 0.95)
    alarm = next(t for t in sorted(set(outside.tolist()), reverse=True) if (outside >= t).sum() / len(outside) >= 0.95)
    roc = [[t, (inside > t).mean(), (outside > t).mean()] for t in thresholds[::-1]] + [[None, 1.0, 1.0]]
    low, high = every.min(), every.max()
    edges = np.linspace(low, high, 11) if low < high else np.linspace(low - 0.5, high + 0.5, 11)
    return {
        "auc": wins / (len(inside) * len(outside)),
        "apOut": average_precision(every, is_out), "apIn": average_precision(-every, ~is_out),
        "fpr95": (outside <= threshold).mean(), "threshold95": threshold, "alarm95": (inside >= alarm).mean(),
        "detectionError": min(0.5 * f + 0.5 * (1 - t) for _, f, t in roc),
        "roc": roc,
        "histogramIn": np.histogram(inside, edges)[0].tolist(), "histogramOut": np.histogram(outside, edges)[0].tolist(),
    }


# ---------------------------------------------------------------- selective prediction

def selective(confidence, hit):
    """Risk at i answered rows, where cumulative errors run straight through a step of equal confidences."""
    confidence, n = np.asarray(confidence, float), len(hit)
    answered, errors, curve = [0], [0], []
    for t in sorted(set(confidence.tolist()), reverse=True):
        taken = confidence >= t
        answered.append(int(taken.sum()))
        errors.append(int((taken & ~hit).sum()))
        curve.append([t, taken.sum() / n, (taken & ~hit).sum() / taken.sum()])
    i = np.arange(1, n + 1)
    area = (np.interp(i, answered, errors) / i).mean()
    best = np.sort(~hit)                        # right answers first
    return {"risk": (~hit).mean(), "aurc": area, "excess": area - (np.cumsum(best) / i).mean(), "curve": curve}


# ---------------------------------------------------------------- temperature

def nll_at(rows, labels, t):
    return -np.log(softmax(rows, t)[np.arange(len(labels)), labels]).mean()


def temperature(rows, labels):
    """Halves a bracket of the slope of the mean loss in 1/T."""
    z = rows.astype(np.float64)

    def slope(beta):
        return ((softmax(rows, 1 / beta) * z).sum(axis=1) - z[np.arange(len(labels)), labels]).mean()

    low, high = 1e-3, 1e3
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    t = 2 / (low + high)
    assert nll_at(rows, labels, t) <= min(nll_at(rows, labels, t * 1.001), nll_at(rows, labels, t / 1.001))
    return t


# ---------------------------------------------------------------- bootstrap (Philox 4x32-10, Salmon et al. 2011)

def philox(key, counter):
    c, k = list(counter), [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def whole_numbers(seed, index):
    """The stream of 32-bit words of resample `index`; its purpose is number 9."""
    block = 0
    while True:
        yield from philox(seed, [block, index, 0, 9])
        block += 1


def draws(words, size):
    taken = []
    while len(taken) < size:
        product = next(words) * size
        if product & 0xFFFFFFFF >= 2 ** 32 % size:
            taken.append(product >> 32)
    return np.array(taken)


def interval(values, level):
    return np.quantile(values, [(1 - level) / 2, (1 + level) / 2]).tolist()


# ---------------------------------------------------------------- everything

def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(one) for one in value]
    return float(f"{value:.11g}") if isinstance(value, float) else value


def main():
    make_sets()
    golden = {"sets": sets, "calibration": [], "scores": [], "detection": [], "selective": [], "temperature": [], "bootstrap": []}

    for name, bins, is_logits in [("ten", 15, True), ("ten", 1, True), ("ten", 400, True), ("hundred", 15, True), ("hundred", 20, True),
                                  ("tied", 15, True), ("tied", 4, True), ("one-class", 15, True), ("probabilities", 15, False),
                                  ("probabilities", 5, False), ("sure", 15, False), ("sure", 10, False)]:
        golden["calibration"].append({"set": name, "bins": bins, "softmax": is_logits, "temperature": 1.0,
                                      **calibration(rows_of(name), labels_of(name), bins, is_logits)})
    golden["calibration"].append({"set": "ten", "bins": 15, "softmax": True, "temperature": 2.5,
                                  **calibration(rows_of("ten"), labels_of("ten"), 15, True, 2.5)})

    of_probabilities = ["MaxSoftmax", "Entropy", "Margin"]
    of_logits = of_probabilities + ["Energy", "Energy(2.5)", "MaxLogit"]
    for name, is_logits in [("ten", True), ("hundred", True), ("tied", True), ("probabilities", False), ("sure", False)]:
        for score in of_logits if is_logits else of_probabilities:
            golden["scores"].append({"set": name, "score": score, "logits": is_logits,
                                     "values": ood_score(rows_of(name), score, is_logits)[:40].tolist()})

    for score in of_logits:
        figures = detection(ood_score(rows_of("ten"), score, True), ood_score(rows_of("ten-shifted"), score, True))
        del figures["roc"]
        golden["detection"].append({"name": score, **figures})
    from_numbers = [
        {"name": "ties", "in": rng.integers(0, 8, 100).tolist(), "out": rng.integers(3, 12, 57).tolist()},
        {"name": "all equal", "in": [3.0] * 20, "out": [3.0] * 7},
        {"name": "apart", "in": list(range(40)), "out": list(range(100, 133))},
        {"name": "the wrong way", "in": list(range(100, 140)), "out": list(range(30))},
        {"name": "one of each", "in": [0.25], "out": [0.5]},
    ]
    golden["detection"] += [{**one, **detection(one["in"], one["out"])} for one in from_numbers]

    for name, is_logits in [("ten", True), ("hundred", True), ("tied", True), ("one-class", True), ("probabilities", False), ("sure", False)]:
        # In single precision, so that rows which differ only in the order of their classes tie however a softmax is summed up.
        rows = rows_of(name)
        confidence = (softmax(rows).astype(np.float32) if is_logits else rows).max(axis=1)
        hit = rows.argmax(axis=1) == labels_of(name)
        golden["selective"].append({"set": name, "softmax": is_logits, "confidence": confidence.tolist(), "correct": hit.tolist(),
                                    **selective(confidence, hit)})

    for name in ["ten", "hundred", "tied", "one-class"]:
        rows, labels = rows_of(name), labels_of(name)
        t = temperature(rows, labels)
        golden["temperature"].append({
            "set": name, "temperature": t, "lossBefore": nll_at(rows, labels, 1), "lossAfter": nll_at(rows, labels, t),
            "eceBefore": calibration(rows, labels, 15, True)["ece"], "eceAfter": calibration(rows, labels, 15, True, t)["ece"]})

    seed, level, resamples = 0x1234567890AB, 0.9, 40
    rows, labels = rows_of("tied"), labels_of("tied")
    inside, outside = np.array(from_numbers[0]["in"], float), np.array(from_numbers[0]["out"], float)
    conf, hit = softmax(rows).astype(np.float32).max(axis=1), rows.argmax(axis=1) == labels
    keys = ["accuracy", "meanConfidence", "ece", "eceEqualMass", "mce", "eceClasswise", "brier", "nll"]
    cal, det, sel = [], [], []
    for index in range(resamples):
        taken = draws(whole_numbers(seed, index), len(labels))
        cal.append(calibration(rows[taken], labels[taken], 15, True))
        sel.append(selective(conf[taken], hit[taken]))
        words = whole_numbers(seed, index)
        det.append(detection(inside[draws(words, len(inside))], outside[draws(words, len(outside))]))
    golden["bootstrap"] = {
        "seed": seed, "level": level, "resamples": resamples,
        "calibration": [interval([one[key] for one in cal], level) for key in keys],
        "detection": [interval([one[key] for one in det], level) for key in ["auc", "apOut", "apIn", "fpr95", "threshold95", "alarm95", "detectionError"]],
        "selective": [interval([one[key] for one in sel], level) for key in ["risk", "aurc", "excess"]],
    }

    golden = rounded(golden)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json")
    with open(path, "w", newline="\n") as file:
        file.write("{\n")
        for number, (key, value) in enumerate(golden.items()):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            lines = [(f"{json.dumps(k)}: " if isinstance(value, dict) else "") + json.dumps(v, separators=(",", ":"))
                     for k, v in items]
            opening, closing = "{}" if isinstance(value, dict) else "[]"
            file.write(f"{json.dumps(key)}: {opening}\n" + ",\n".join(lines) + f"\n{closing}" + ("," if number + 1 < len(golden) else "") + "\n")
        file.write("}\n")


if __name__ == "__main__":
    main()
