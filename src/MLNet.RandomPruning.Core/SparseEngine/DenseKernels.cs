namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// A layer's 3×3 kernels, whole, for the gradient of weights that are nearly all kept. There is a sum for each group of 16 output
/// channels, input channel, row, column and output channel of the group, in this order.
/// </summary>
/// <param name="inputs">The number of input channels.</param>
/// <param name="outputs">The number of output channels.</param>
/// <param name="window">Where the kernels look.</param>
internal sealed class DenseKernels(int inputs, int outputs, KernelWindow window)
{
    /// <summary>The kernel works on tiles of up to this many pixels of a row.</summary>
    public const int TileColumns = 8;

    /// <summary>It works on two groups of output channels at a time, if there are as many.</summary>
    public const int GroupsAtOnce = 2;

    /// <summary>The gradient of a tile, of one group and of as many as there are at once, in floats: half of a first-level cache.</summary>
    public const int TransposedGroupFloats = TileColumns * SparseKernels.Lanes * SparseKernels.Lanes, TransposedFloats = GroupsAtOnce * TransposedGroupFloats;

    /// <summary>The number of input channels.</summary>
    public int Inputs => inputs;

    /// <summary>The number of groups of output channels; the last may have fewer than 16.</summary>
    public int Groups { get; } = ChannelGroups.Count(outputs, SparseKernels.Lanes);

    /// <summary>The number of a group's sums.</summary>
    public int GroupSums => inputs * KernelWindow.ThreeByThree * SparseKernels.Lanes;

    /// <summary>Where the kernels look.</summary>
    public KernelWindow Window => window;

    /// <summary>[sum]: the place of the tap that it belongs to, or −1 if there is none.</summary>
    public int[] PlacesOf(IEnumerable<Tap> taps)
    {
        int[] places = new int[Groups * GroupSums];
        Array.Fill(places, -1);
        foreach (var tap in taps)
        {
            int kernel = tap.Output / SparseKernels.Lanes * inputs + tap.Input;
            int position = kernel * KernelWindow.ThreeByThree + window.PositionOf(tap);
            places[position * SparseKernels.Lanes + tap.Output % SparseKernels.Lanes] = tap.Source;
        }

        return places;
    }
}
