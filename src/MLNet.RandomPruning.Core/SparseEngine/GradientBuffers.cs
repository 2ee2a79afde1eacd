namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Places for the activations' gradients. The backward pass goes from the last activation to the first, and a gradient is
/// needed until the earliest activation that it flows to has taken it; then its place serves another one.
/// </summary>
internal static class GradientBuffers
{
    /// <summary>One place an activation (the image's included), many of them shared.</summary>
    public static BlockBuffer[] Assign(SparsePlan plan, int blocks, out IReadOnlyList<BlockBuffer> distinct)
    {
        var places = new BlockBuffer[plan.Activations.Length];
        var all = new List<BlockBuffer>();
        var free = new List<BlockBuffer>();
        var lastReader = plan.Activations.Select(EarliestSource).ToArray();
        for (int index = plan.Activations.Length - 1; index >= 0; index--)
        {
            var shape = plan.Activations[index].Shape;
            var place = free.Find(buffer => buffer.Shape.Shape == shape);
            if (place is null)
            {
                all.Add(place = new BlockBuffer(shape, blocks));
            }
            else
            {
                free.Remove(place);
            }

            places[index] = place;
            for (int later = index + 1; later < places.Length; later++)
            {
                if (lastReader[later] == index)
                {
                    free.Add(places[later]);
                }
            }
        }

        distinct = all;
        return places;
    }

    private static int EarliestSource(ActivationNode activation) =>
        activation.Convolutions.Select(convolution => convolution.Input.Index)
            .Concat(activation.Residuals.Select(residual => residual.Index))
            .DefaultIfEmpty(-1).Min();
}
