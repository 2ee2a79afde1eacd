// Scores the images of a manifest with every ONNX file of it, by ONNX Runtime on the CPU, and writes scores and labels beside it.
//
// Arguments: the folder of the manifest, the folder whose node_modules holds onnxruntime-node, the number of threads.

import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { readFileSync, writeFileSync } from "node:fs";

const [folder, nodeFolder, threads] = process.argv.slice(2);
const ort = createRequire(resolve(nodeFolder, "package.json"))("onnxruntime-node");
const { version } = JSON.parse(readFileSync(join(nodeFolder, "node_modules", "onnxruntime-node", "package.json"), "utf8"));
const batchSize = 250;

const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
const [channels, rows, columns] = manifest.shape;
const imageSize = channels * rows * columns;
const planar = new Uint8Array(readFileSync(join(folder, manifest.images)));

function interleaved(images) {
  const result = new Uint8Array(images.length);
  const plane = rows * columns;
  for (let index = 0; index < images.length; index++) {
    const image = Math.floor(index / imageSize) * imageSize;
    const place = index - image;
    result[image + (place % plane) * channels + Math.floor(place / plane)] = images[index];
  }
  return result;
}

function tensor(entry, images) {
  const count = images.length / imageSize;
  const values = entry.isInterleaved ? interleaved(images) : images;
  const shape = entry.isInterleaved ? [count, rows, columns, channels] : [count, channels, rows, columns];
  return entry.isFloat
    ? new ort.Tensor("float32", Float32Array.from(values, (value) => value / 255), shape)
    : new ort.Tensor("uint8", values, shape);
}

for (const entry of manifest.onnx) {
  process.stderr.write(`ONNX Runtime ${version}: ${entry.path} ...\n`);
  const session = await ort.InferenceSession.create(join(folder, entry.path), {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: Number(threads),
    logSeverityLevel: 3,
  });
  const scores = new Float32Array(manifest.imageCount * manifest.classCount);
  const labels = new Int32Array(manifest.imageCount);
  for (let first = 0; first < manifest.imageCount; first += batchSize) {
    const last = Math.min(first + batchSize, manifest.imageCount);
    const { Score, PredictedLabel } = await session.run({ Pixels: tensor(entry, planar.slice(first * imageSize, last * imageSize)) });
    scores.set(Score.data, first * manifest.classCount);
    labels.set(Array.from(PredictedLabel.data, Number), first);
  }
  writeFileSync(join(folder, entry.scores), new Uint8Array(scores.buffer));
  writeFileSync(join(folder, entry.predictions), new Uint8Array(labels.buffer));
  await session.release();
}
