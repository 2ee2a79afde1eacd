using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.CudaCheck;

/// <summary>A quantity in which the engines differ, as a part of its size, and by how much they may.</summary>
/// <param name="Name">What differs.</param>
/// <param name="Found">The relative difference.</param>
/// <param name="Bound">The largest difference that is allowed.</param>
/// <param name="Tensor">The tensor that differs most, where there are several.</param>
internal sealed record Difference(string Name, double Found, double Bound, string? Tensor = null)
{
    // Not its opposite: what is no number is no success.
    public bool Holds => Found <= Bound;
}

/// <summary>The differences between the engines at one sparsity.</summary>
/// <param name="Case">What was compared.</param>
/// <param name="Sparsity">The share of pruned weights.</param>
/// <param name="WeightsMoved">After training: how far the weights have come, as a part of their norm.</param>
internal sealed record ParityRow(string Case, double Sparsity, IReadOnlyList<Difference> Differences, double? WeightsMoved = null);

/// <summary>
/// From the same weights, masks and batches the TorchSharp engine on its device, in 32 bits, and the sparse engine on the CPU
/// give the same numbers.
/// </summary>
internal static class ParityCheck
{
    private const float LabelSmoothing = 0.1f;

    public static IReadOnlyList<ParityRow> Run(Subject subject)
    {
        List<ParityRow> rows = [];
        // A rectifier that falls otherwise changes the gradients, so from arbitrary weights they agree less closely than the loss.
        Add("from the first weights", sparsity => Gradients(subject, "from the first weights", subject.Initial(sparsity), sparsity, 2e-2, 1e-3));
        Add("away from the kinks", sparsity => Gradients(subject, "away from the kinks", subject.InitialAwayFromKinks(sparsity), sparsity, 1e-4, 1e-5));
        Add($"after {subject.Sizes.ParitySteps} steps of SGD", sparsity => Steps(subject, sparsity));
        return rows;

        void Add(string title, Func<double, ParityRow> compare)
        {
            var added = subject.Sizes.Sparsities.Select(compare).ToArray();
            rows.AddRange(added);
            var table = new TextTable(
                $"Parity {title}: {subject.Sizes.Network}, batch {subject.Sizes.ParityBatchSize}, relative differences and their bounds",
                ["sparsity", .. added[0].Differences.Select(difference => $"{difference.Name} (≤ {difference.Bound:0e0})"), .. added[0].WeightsMoved is null ? Array.Empty<string>() : ["weights moved"], "holds"]);
            foreach (var row in added)
            {
                table.Add([
                    $"{row.Sparsity:P0}",
                    .. row.Differences.Select(difference => $"{difference.Found:0.0e+00}{(difference.Tensor is null ? "" : $" {difference.Tensor}")}"),
                    .. row.WeightsMoved is { } moved ? [$"{moved:P1}"] : Array.Empty<string>(),
                    row.Differences.All(difference => difference.Holds) ? "yes" : "NO"]);
            }

            table.Print();
        }
    }

    private static ParityRow Gradients(Subject subject, string name, NetworkState initial, double sparsity, double gradientBound, double normBound)
    {
        int size = subject.Sizes.ParityBatchSize;
        var batch = new AugmentedBatch(GeneratedImages.Create(size, seed: 1), size);
        Subject.Fill(batch, 0);
        NetworkState expected = new(initial.Mask), actual = new(initial.Mask);
        using var sparse = subject.Sparse(initial, size);
        using var torch = subject.Torch(initial, size);
        var expectedResult = sparse.ComputeGradients(batch, LabelSmoothing, expected);
        var result = torch.ComputeGradients(batch, LabelSmoothing, actual);
        var all = StateDistance.Between(expected, actual, tensor => tensor.IsTrainable);
        // No rectifier stands between the linear layer's weights and the loss.
        var last = StateDistance.Between(expected, actual, tensor => tensor.Name == "fc.weight");
        return new ParityRow(name, sparsity, [
            new Difference("loss", Relative(expectedResult.Loss, result.Loss), 1e-5),
            new Difference("gradient norm", Relative(expectedResult.GradientNorm, result.GradientNorm), normBound),
            new Difference("worst gradient", all.Value, gradientBound, all.Tensor),
            new Difference("last layer's gradient", last.Value, 1e-4),
        ]);
    }

    // From other weights training is chaotic at first: two engines part ways from a single rounding on, as does one engine from
    // itself in double precision. So the weights are those away from the kinks, and the rate is a small one.
    private static ParityRow Steps(Subject subject, double sparsity)
    {
        int size = subject.Sizes.ParityBatchSize, steps = subject.Sizes.ParitySteps;
        var initial = subject.InitialAwayFromKinks(sparsity);
        var batch = new AugmentedBatch(GeneratedImages.Create(steps * size, seed: 2), size);
        using var sparse = subject.Sparse(initial, size);
        using var torch = subject.Torch(initial, size);
        double worstLoss = 0, worstNorm = 0;
        for (int number = 0; number < steps; number++)
        {
            Subject.Fill(batch, number);
            var step = Subject.Step with { LearningRate = 0.01f };
            var expected = sparse.TrainStep(batch, step);
            var found = torch.TrainStep(batch, step);
            // Math.Max hands on what is no number.
            worstLoss = Math.Max(worstLoss, Relative(expected.Loss, found.Loss));
            worstNorm = Math.Max(worstNorm, Relative(expected.GradientNorm, found.GradientNorm));
        }

        NetworkState expectedState = new(initial.Mask), state = new(initial.Mask), expectedMomentum = new(initial.Mask), momentum = new(initial.Mask);
        sparse.Read(expectedState, expectedMomentum);
        torch.Read(state, momentum);
        var distance = StateDistance.Between(expectedState, state, _ => true);
        var momentumDistance = StateDistance.Between(expectedMomentum, momentum, tensor => tensor.IsTrainable);
        double moved = StateDistance.Between(initial, expectedState, tensor => tensor.Kind == StateTensorKind.Weight).Value;
        return new ParityRow($"after {steps} steps of SGD", sparsity, [
            new Difference("worst loss", worstLoss, 1e-3),
            new Difference("worst gradient norm", worstNorm, 1e-3),
            new Difference("state", distance.Value, 1e-3, distance.Tensor),
            new Difference("momentum", momentumDistance.Value, 1e-2, momentumDistance.Tensor),
        ], moved);
    }

    private static double Relative(double expected, double found) => Math.Abs(expected - found) / Math.Abs(expected);
}
