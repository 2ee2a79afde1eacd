namespace MLNet.RandomPruning.CudaCheck;

/// <summary>How large the check is.</summary>
internal sealed record CheckSizes
{
    /// <summary>What the engine is held to.</summary>
    public static CheckSizes Full { get; } = new()
    {
        Name = "full",
        Network = "ResNet-20-16",
        ParityBatchSize = 128,
        Sparsities = [0, 0.5, 0.9, 0.98],
        ParitySteps = 20,
        Epochs = 5,
        TrainingImages = 20_000,
        TestImages = 4_000,
        TrainingBatchSize = 128,
        SpeedBatchSizes = [128, 512],
        WarmUpSteps = 50,
        MeasuredSteps = 300,
    };

    /// <summary>Just enough to see that everything runs.</summary>
    public static CheckSizes Quick { get; } = new()
    {
        Name = "quick",
        Network = "ResNet-8-4",
        ParityBatchSize = 32,
        Sparsities = [0, 0.9],
        ParitySteps = 5,
        Epochs = 2,
        TrainingImages = 400,
        TestImages = 100,
        TrainingBatchSize = 32,
        SpeedBatchSizes = [16, 64],
        WarmUpSteps = 2,
        MeasuredSteps = 5,
    };

    public required string Name { get; init; }

    public required string Network { get; init; }

    public required int ParityBatchSize { get; init; }

    public required double[] Sparsities { get; init; }

    /// <summary>How many steps of SGD both engines make before they are compared again.</summary>
    public required int ParitySteps { get; init; }

    public required int Epochs { get; init; }

    public required int TrainingImages { get; init; }

    public required int TestImages { get; init; }

    public required int TrainingBatchSize { get; init; }

    public required int[] SpeedBatchSizes { get; init; }

    public required int WarmUpSteps { get; init; }

    public required int MeasuredSteps { get; init; }
}
