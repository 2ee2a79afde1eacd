namespace MLNet.RandomPruning.Benchmarks;

/// <summary>How many times faster than the peer something has to be, and should be.</summary>
/// <param name="AtLeast">The least.</param>
/// <param name="Goal">The goal; null where there is none beyond the least.</param>
internal sealed record Target(double AtLeast, double? Goal);

/// <summary>The targets: of ResNet-20-16 and ResNet-20-32 on two threads.</summary>
internal static class Targets
{
    /// <summary>The most memory that training at 90 % may take, as a share of PyTorch's.</summary>
    public const double PeakMemory = 0.6;

    /// <summary>The most bytes that a step may allocate.</summary>
    public const double AllocatedBytes = 0;

    /// <summary>The longest model file at 95 %, as a share of the dense one.</summary>
    public const double ModelFile = 0.07;

    /// <summary>The longest time from a model file to its first prediction, in milliseconds.</summary>
    public const double LoadAndScore = 100;

    /// <summary>The network of which that is asked.</summary>
    public const string LoadedNetwork = "ResNet-20-16";

    private const int Threads = 2;
    private static readonly string[] Networks = ["ResNet-20-16", "ResNet-20-32"];

    private static readonly Dictionary<double, Target> Training = new()
    {
        [0] = new(1.0, 1.2), [0.5] = new(1.1, 1.5), [0.8] = new(1.8, 2.4), [0.9] = new(2.5, 4), [0.95] = new(4, 7), [0.98] = new(6, 12),
    };

    private static readonly Dictionary<double, Target> ScoringBatch = new()
    {
        [0] = new(0.8, 1.0), [0.5] = new(0.9, 1.3), [0.8] = new(1.5, 2.2), [0.9] = new(2.5, 4), [0.95] = new(4, 7), [0.98] = new(7, 12),
    };

    private static readonly Dictionary<double, Target> ScoringImage = new()
    {
        [0.8] = new(1.0, null), [0.9] = new(1.5, null), [0.95] = new(2.5, null), [0.98] = new(4, null),
    };

    /// <summary>The target of a figure; null where there is none.</summary>
    public static Target? Of(ComparedWork work, string network, int threads, double sparsity)
    {
        if (threads != Threads || !Networks.Contains(network))
        {
            return null;
        }

        return (work switch
        {
            ComparedWork.TrainingStep or ComparedWork.MixedTrainingStep => Training,
            ComparedWork.ScoringBatch => ScoringBatch,
            _ => ScoringImage,
        }).GetValueOrDefault(sparsity);
    }
}
