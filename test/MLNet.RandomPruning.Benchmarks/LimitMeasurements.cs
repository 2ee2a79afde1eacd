using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Tool.Benchmarking;

namespace MLNet.RandomPruning.Benchmarks;

/// <summary>Measures memory, allocation, the model's file and the time to load it.</summary>
internal sealed class LimitMeasurements(CompareSettings settings, TrainingComparison training, Action<string> progress, CancellationToken cancellationToken)
{
    private const int Threads = 2, WarmUpSteps = 5, AllocationSteps = 20, MemorySteps = 10;
    private const double MemorySparsity = 0.9, FileSparsity = 0.95;

    /// <summary>Measures everything.</summary>
    public IEnumerable<LimitRow> Run()
    {
        var images = BenchmarkSubject.Images(CompareSettings.Batch, cancellationToken);
        foreach (var network in settings.Networks)
        {
            string name = network.ToString();
            progress($"{name}: memory, allocation, model file ...");
            if (settings.WithTorch)
            {
                double theirs = TorchMemory(name), ours = OurMemory(name);
                yield return LimitRow.Of("peak memory of training at 90 %, of PyTorch's", name, ours, theirs, "bytes", Targets.PeakMemory);
            }

            var sparse = BenchmarkSubject.Create(network, LayerwiseRatio.ErdosRenyiKernel, MemorySparsity, images);
            using (var benchmark = new TrainingBenchmark(sparse.State, images, CompareSettings.Batch, Threads, ActivationPrecision.Single))
            {
                benchmark.Run(sparse.State, WarmUpSteps, 0, [], cancellationToken);
                yield return LimitRow.Of("allocated in a training step", name, benchmark.AllocatedBytesPerStep(AllocationSteps), null, "bytes", Targets.AllocatedBytes);
            }

            var dense = BenchmarkSubject.Create(network, LayerwiseRatio.ErdosRenyiKernel, 0, images);
            var file = BenchmarkSubject.Create(network, LayerwiseRatio.ErdosRenyiKernel, FileSparsity, images);
            var (denseBytes, load) = ModelBenchmark.Measure(dense.State, images, cancellationToken);
            var (sparseBytes, sparseLoad) = ModelBenchmark.Measure(file.State, images, cancellationToken);
            yield return LimitRow.Of("model file at 95 %, of the dense one", name, sparseBytes, denseBytes, "bytes", Targets.ModelFile);
            if (name == Targets.LoadedNetwork)
            {
                yield return LimitRow.Of("loading and first prediction, dense", name, load.Median, null, "ms", Targets.LoadAndScore);
                yield return LimitRow.Of("loading and first prediction at 95 %", name, sparseLoad.Median, null, "ms", Targets.LoadAndScore);
            }
        }
    }

    private double TorchMemory(string network)
    {
        var variant = training.VariantFor(Threads);
        using var torch = TorchPeer.Start(settings.Places, Threads, variant.Capability, cancellationToken);
        torch.Prepare(network, CompareSettings.Batch, variant.Layout);
        torch.Run(MemorySteps);
        return torch.PeakMemory();
    }

    /// <summary>The most memory of a fresh process of the command line that has done as many training steps.</summary>
    private double OurMemory(string network)
    {
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "randprune.dll"), "bench", "--network", network,
            "--sparsities", MemorySparsity.ToString(CultureInfo.InvariantCulture), "--threads", $"{Threads}", "--batch", $"{CompareSettings.Batch}",
            "--repetitions", $"{MemorySteps}", "--only", "train", "--json",
        ];
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonDocument.Parse(output).RootElement.GetProperty("peakMemoryBytes").GetDouble()
            : throw new PeerException($"randprune bench ended with code {process.ExitCode}: {errors.GetAwaiter().GetResult()}");
    }
}
