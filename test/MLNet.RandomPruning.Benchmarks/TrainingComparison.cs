using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Tool.Benchmarking;

namespace MLNet.RandomPruning.Benchmarks;

/// <summary>
/// Compares training steps with PyTorch, which trains the dense network and re-applies masks, so that its time is the same at all
/// sparsities: it is measured once a round, between ours. Ours keep activations in 32 bits and in 16. A dense network needs no masks, and applying them is taken off there.
/// </summary>
internal sealed class TrainingComparison(CompareSettings settings, Action<string> progress, CancellationToken cancellationToken)
{
    private const int WarmUpSteps = 4;

    private readonly Dictionary<int, TorchVariant> _variants = [];

    /// <summary>The version of PyTorch; null while it has not been met.</summary>
    public string? TorchVersion { get; private set; }

    /// <summary>How PyTorch is the fastest with a number of threads.</summary>
    public TorchVariant VariantFor(int threads)
    {
        if (!_variants.TryGetValue(threads, out var variant))
        {
            progress($"PyTorch, {Progress.Threads(threads)}: looking for its fastest layout and instruction set ...");
            _variants[threads] = variant = TorchPeer.FindFastest(settings.Places, settings.Networks[0].ToString(), CompareSettings.Batch, threads, cancellationToken);
            progress($"PyTorch, {Progress.Threads(threads)}: {variant} is the fastest.");
        }

        return variant;
    }

    /// <summary>Compares everything.</summary>
    public IEnumerable<SpeedRow> Run()
    {
        var images = BenchmarkSubject.Images(CompareSettings.Batch, cancellationToken);
        foreach (var network in settings.Networks)
        {
            foreach (int threads in settings.Threads)
            {
                foreach (var row in Compare(network, threads, images))
                {
                    yield return row;
                }
            }
        }
    }

    private List<SpeedRow> Compare(ResNet network, int threads, ImageSet images)
    {
        string name = network.ToString();
        var variant = settings.WithTorch ? VariantFor(threads) : null;
        progress($"{name}, {Progress.Threads(threads)}: training steps ...");
        using var torch = variant is null ? null : TorchPeer.Start(settings.Places, threads, variant.Capability, cancellationToken);
        TorchVersion ??= torch?.Version;
        var subjects = settings.Sparsities.Select(sparsity => BenchmarkSubject.Create(network, LayerwiseRatio.ErdosRenyiKernel, sparsity, images)).ToArray();
        long? parameters = torch?.Prepare(name, CompareSettings.Batch, variant!.Layout);
        if (parameters is { } count && count != subjects[0].Network.ParameterCount)
        {
            throw new PeerException($"PyTorch's {name} has {count} parameters, but ours has {subjects[0].Network.ParameterCount}: they are not the same network.");
        }

        using var single = new TrainingBenchmark(subjects[0].State, images, CompareSettings.Batch, threads, ActivationPrecision.Single);
        using var mixed = new TrainingBenchmark(subjects[0].State, images, CompareSettings.Batch, threads, ActivationPrecision.BFloat16);
        (ComparedWork Work, TrainingBenchmark Benchmark, BenchmarkSubject Subject, List<double> Times)[] ours =
        [
            .. subjects.Select(subject => (ComparedWork.TrainingStep, single, subject, new List<double>())),
            .. subjects.Select(subject => (ComparedWork.MixedTrainingStep, mixed, subject, new List<double>())),
        ];
        foreach (var (_, benchmark, subject, _) in ours)
        {
            benchmark.Run(subject.State, WarmUpSteps, 0, [], cancellationToken);
        }

        List<double> masked = [], unmasked = [];
        foreach (int repetitions in Visits.Of(settings.Repetitions, Visits.Steps))
        {
            if (torch is not null)
            {
                Progress.Pause();
                torch.Run(Visits.Untimed);
                var found = torch.Run(repetitions);
                masked.AddRange(found.Steps);
                unmasked.AddRange(found.UnmaskedSteps);
                Progress.Pause();
            }

            foreach (var (_, benchmark, subject, times) in ours)
            {
                benchmark.Run(subject.State, Visits.Untimed, repetitions, times, cancellationToken);
            }
        }

        return [.. ours.Select(part => SpeedRow.Of(
            part.Work, name, threads, part.Subject.Sparsity, part.Times, part.Subject.Sparsity == 0 ? unmasked : masked, variant?.ToString()))];
    }
}
