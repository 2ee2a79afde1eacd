namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Planes for all activations of a network in a prediction; those of one layout share a place when their lifetimes do not
/// overlap. Zero at first, so that borders that nobody writes stay zero.
/// </summary>
internal sealed unsafe class ActivationMemory : IDisposable
{
    private readonly AlignedBuffer[] _planes;

    /// <param name="plan">The activations.</param>
    /// <param name="layouts">[activation]: how it is laid out.</param>
    public ActivationMemory(SparsePlan plan, IReadOnlyList<PaddedShape> layouts)
    {
        _planes = new AlignedBuffer[plan.Activations.Length];
        var free = new List<(PaddedShape Layout, AlignedBuffer Buffer)>();
        foreach (var activation in plan.Activations)
        {
            var layout = layouts[activation.Index];
            int place = free.FindIndex(candidate => candidate.Layout == layout);
            if (place < 0)
            {
                _planes[activation.Index] = new AlignedBuffer(layout.BlockFloats);
            }
            else
            {
                _planes[activation.Index] = free[place].Buffer;
                free.RemoveAt(place);
            }

            foreach (var source in plan.Activations)
            {
                if (LastUser(source) == activation.Index)
                {
                    free.Add((layouts[source.Index], _planes[source.Index]));
                }
            }
        }
    }

    public float* this[ActivationNode activation] => _planes[activation.Index].Pointer;

    public void Dispose()
    {
        foreach (var buffer in _planes.Distinct())
        {
            buffer.Dispose();
        }
    }

    private static int LastUser(ActivationNode activation)
    {
        int last = -1;
        foreach (var reader in activation.Readers)
        {
            last = Math.Max(last, reader.Output.Index);
        }

        foreach (var user in activation.ResidualUsers)
        {
            last = Math.Max(last, user.Index);
        }

        return last;
    }
}
