using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.CudaCheck;

/// <summary>How far apart two states are: of each tensor the Euclidean distance, as a part of its norm, and of these the largest.</summary>
/// <param name="Value">The distance, as a part of the tensor's norm.</param>
/// <param name="Tensor">The tensor that is farthest off.</param>
internal readonly record struct StateDistance(double Value, string Tensor)
{
    // A tensor whose exact values are zero, or nothing but cancellation, has no norm of its own to be measured by.
    private const double SmallestShareOfLargestNorm = 1e-4;

    /// <summary>The largest distance between the tensors that are chosen; a distance that is no number counts as the largest.</summary>
    public static StateDistance Between(NetworkState expected, NetworkState actual, Func<StateTensor, bool> which)
    {
        var tensors = expected.Tensors.Where(which).ToArray();
        double smallest = SmallestShareOfLargestNorm * tensors.Max(tensor => Norm(tensor.Values));
        var worst = new StateDistance(0, tensors[0].Name);
        foreach (var tensor in tensors)
        {
            double distance = Distance(tensor.Values, actual[tensor.Name]) / Math.Max(Norm(tensor.Values), smallest);
            if (!(distance <= worst.Value))
            {
                worst = new StateDistance(distance, tensor.Name);
            }

            if (double.IsNaN(distance))
            {
                break;
            }
        }

        return worst;
    }

    private static double Norm(ReadOnlySpan<float> values)
    {
        double squares = 0;
        foreach (float value in values)
        {
            squares += (double)value * value;
        }

        return Math.Sqrt(squares);
    }

    private static double Distance(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double squares = 0;
        for (int i = 0; i < left.Length; i++)
        {
            double difference = (double)left[i] - right[i];
            squares += difference * difference;
        }

        return Math.Sqrt(squares);
    }
}
