using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Benchmarks;

/// <summary>What is compared.</summary>
/// <param name="Networks">The networks.</param>
/// <param name="Sparsities">The sparsities, by ERK.</param>
/// <param name="Threads">The numbers of threads.</param>
/// <param name="Repetitions">How many training steps and scored batches are measured for each figure.</param>
/// <param name="Trains">Whether training is compared.</param>
/// <param name="Scores">Whether scoring is compared.</param>
/// <param name="MeasuresLimits">Whether memory, files and loading are measured.</param>
/// <param name="WithTorch">Whether PyTorch takes part.</param>
/// <param name="WithOnnx">Whether ONNX Runtime takes part.</param>
/// <param name="Places">Where the peers' programs are.</param>
internal sealed record CompareSettings(
    IReadOnlyList<ResNet> Networks, IReadOnlyList<double> Sparsities, IReadOnlyList<int> Threads, int Repetitions,
    bool Trains, bool Scores, bool MeasuresLimits, bool WithTorch, bool WithOnnx, PeerPlaces Places)
{
    /// <summary>The number of images in a training step, and in a scored batch.</summary>
    public const int Batch = 128;
}
