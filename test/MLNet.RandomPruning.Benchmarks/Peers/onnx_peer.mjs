// The ONNX Runtime side of the comparison: scores batches with a dense network on the CPU.
//
// One JSON object a line comes in on standard input, one goes out on standard output; between requests the process waits and
// does nothing. A request names what to do in "op"; the answer is what the function of that name returns, or {error: text}.
// The first argument is the folder whose node_modules holds onnxruntime-node.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { readFileSync } from "node:fs";

const folder = process.argv[2];
const requireThere = createRequire(join(folder, "package.json"));
const ort = requireThere("onnxruntime-node");

const warmUp = 5;
const sessions = new Map();

function hello() {
  const { version } = JSON.parse(readFileSync(join(folder, "node_modules", "onnxruntime-node", "package.json"), "utf8"));
  return { onnxRuntime: version, node: process.versions.node };
}

// Makes a session and the tensors that each of its runs reads and writes, and warms it up.
async function prepare({ key, path, shape, output, threads, spinning }) {
  const session = await ort.InferenceSession.create(path, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    executionMode: "sequential",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: true,
    enableMemPattern: true,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: spinning ? "1" : "0" } } },
  });
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from({ length: size }, (_, index) => Math.sin(index * 12.9898) * 1.5);
  const feeds = { input: new ort.Tensor("float32", values, shape) };
  const outputSize = output.reduce((product, length) => product * length, 1);
  const fetches = { output: new ort.Tensor("float32", new Float32Array(outputSize), output) };
  const prepared = { session, feeds, fetches };
  for (let number = 0; number < warmUp; number++) await session.run(feeds, fetches);
  sessions.set(key, prepared);
  return {};
}

// Runs the session; the time of each run in milliseconds.
async function run({ key, count }) {
  const { session, feeds, fetches } = sessions.get(key);
  const times = [];
  for (let number = 0; number < count; number++) {
    const start = performance.now();
    await session.run(feeds, fetches);
    times.push(performance.now() - start);
  }
  if (!fetches.output.data.every(Number.isFinite)) throw new Error("an output is no finite number");
  return { times };
}

async function drop({ key }) {
  const prepared = sessions.get(key);
  sessions.delete(key);
  await prepared?.session.release();
  return {};
}

// The processor time that the process has used so far, in milliseconds: an idle one uses none.
function processorTime() {
  const { user, system } = process.cpuUsage();
  return { milliseconds: (user + system) / 1000 };
}

const operations = { hello, prepare, run, drop, processorTime };

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = await operations[request.op](request);
  } catch (error) {
    answer = { error: String(error?.message ?? error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
