using MLNet.RandomPruning.Tool.Benchmarking;

namespace MLNet.RandomPruning.Benchmarks;

/// <summary>What is compared.</summary>
internal enum ComparedWork
{
    /// <summary>A whole training step of one batch, with PyTorch.</summary>
    TrainingStep,

    /// <summary>The same with activations in bfloat16 on our side.</summary>
    MixedTrainingStep,

    /// <summary>Scoring a batch, with ONNX Runtime.</summary>
    ScoringBatch,

    /// <summary>Scoring one image, with ONNX Runtime.</summary>
    ScoringImage,
}

/// <summary>All that a comparison found. Times are in milliseconds.</summary>
/// <param name="Date">When it ended.</param>
/// <param name="Machine">What was measured on.</param>
/// <param name="Torch">The version of PyTorch; null without.</param>
/// <param name="OnnxRuntime">The version of ONNX Runtime; null without.</param>
/// <param name="Repetitions">The number of training steps, and of scored batches, that each figure comes from.</param>
/// <param name="Batch">The batch size of training steps, and of scored batches.</param>
/// <param name="CallOverhead">What a call of ONNX Runtime takes from JavaScript with a graph that does nothing; taken off its times.</param>
/// <param name="Speeds">The speeds.</param>
/// <param name="Limits">What has to stay small.</param>
/// <param name="Minutes">How long it took.</param>
internal sealed record CompareResult(
    DateTimeOffset Date, MachineDescription Machine, string? Torch, string? OnnxRuntime, int Repetitions, int Batch, TimingSummary? CallOverhead,
    IReadOnlyList<SpeedRow> Speeds, IReadOnlyList<LimitRow> Limits, double Minutes);

/// <summary>One speed next to that of the peer.</summary>
/// <param name="Work">What was done.</param>
/// <param name="Network">The network.</param>
/// <param name="Threads">The number of threads.</param>
/// <param name="Sparsity">The fraction of weights that do not exist.</param>
/// <param name="Ours">Our times.</param>
/// <param name="Peer">The peer's times, of the dense network; null without the peer.</param>
/// <param name="PeerVariant">How the peer was run; null where there is but one way.</param>
/// <param name="Ratio">The peer's median ÷ our median.</param>
/// <param name="AtLeast">The least that the ratio has to be; null where nothing is asked.</param>
/// <param name="Goal">What the ratio should be.</param>
/// <param name="IsMet">Whether the ratio is at least what it has to be.</param>
internal sealed record SpeedRow(
    ComparedWork Work, string Network, int Threads, double Sparsity, TimingSummary Ours, TimingSummary? Peer, string? PeerVariant,
    double? Ratio, double? AtLeast, double? Goal, bool? IsMet)
{
    /// <summary>Puts a row together.</summary>
    public static SpeedRow Of(ComparedWork work, string network, int threads, double sparsity, List<double> ours, List<double>? peer, string? variant)
    {
        var (mine, theirs) = (TimingSummary.Of(ours)!, TimingSummary.Of(peer ?? []));
        double? ratio = theirs?.Median / mine.Median;
        var target = Targets.Of(work, network, threads, sparsity);
        return new SpeedRow(
            work, network, threads, sparsity, mine, theirs, theirs is null ? null : variant, ratio, target?.AtLeast, target?.Goal,
            target is null || ratio is null ? null : ratio >= target.AtLeast);
    }
}

/// <summary>A figure that has to stay small.</summary>
/// <param name="What">What it is.</param>
/// <param name="Network">The network.</param>
/// <param name="Ours">Our part of it.</param>
/// <param name="Reference">What it is compared with; null where the figure stands for itself.</param>
/// <param name="Unit">The unit of both.</param>
/// <param name="Value">Our part ÷ the reference, or our part itself.</param>
/// <param name="AtMost">What it may be.</param>
/// <param name="IsMet">Whether it is no more.</param>
internal sealed record LimitRow(string What, string Network, double Ours, double? Reference, string Unit, double Value, double AtMost, bool IsMet)
{
    /// <summary>Puts a row together.</summary>
    public static LimitRow Of(string what, string network, double ours, double? reference, string unit, double atMost)
    {
        double value = ours / (reference ?? 1);
        return new LimitRow(what, network, ours, reference, unit, value, atMost, value <= atMost);
    }
}
