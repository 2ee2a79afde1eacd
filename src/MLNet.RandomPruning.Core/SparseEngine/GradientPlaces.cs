using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Places for the activations' gradients. The backward pass goes from the last activation to the first, and a gradient is
/// needed until the earliest activation that it flows to has taken it; then its place serves another one.
/// </summary>
internal static class GradientPlaces
{
    /// <summary>One place an activation (but none the image), many of them shared.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="make">Makes a place for activations of a shape.</param>
    /// <param name="distinct">Each place once.</param>
    public static TPlace[] Assign<TPlace>(SparsePlan plan, Func<ImageShape, TPlace> make, out IReadOnlyList<TPlace> distinct)
        where TPlace : class
    {
        var places = new TPlace[plan.Activations.Length];
        var all = new List<TPlace>();
        var free = new List<(ImageShape Shape, TPlace Place)>();
        var lastReader = plan.Activations.Select(EarliestSource).ToArray();
        for (int index = plan.Activations.Length - 1; index > 0; index--)
        {
            var shape = plan.Activations[index].Shape;
            int found = free.FindIndex(candidate => candidate.Shape == shape);
            if (found < 0)
            {
                all.Add(places[index] = make(shape));
            }
            else
            {
                places[index] = free[found].Place;
                free.RemoveAt(found);
            }

            for (int later = index + 1; later < places.Length; later++)
            {
                if (lastReader[later] == index)
                {
                    free.Add((plan.Activations[later].Shape, places[later]));
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
