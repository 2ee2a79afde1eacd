namespace MLNet.RandomPruning.SparseEngine;

/// <summary>Groups of neighbouring channels; mostly of input channels whose part of a tile stays in the first-level cache while the taps of all output channels pass by.</summary>
internal static class ChannelGroups
{
    /// <summary>The number of channels in a group; the last may have fewer.</summary>
    /// <param name="bytes">What a group may take of the cache.</param>
    /// <param name="tapsAtOnce">Groups are larger if an output channel would have fewer taps in each than this, on average.</param>
    /// <param name="taps">The number of taps.</param>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="reach">The taps of one tile look at this many pixels of an input channel.</param>
    public static int ChannelsInEach(int bytes, int tapsAtOnce, int taps, int inputs, int outputs, int reach)
    {
        int inCache = Math.Max(1, bytes / (reach * SparseKernels.Lanes * sizeof(float)));
        int groups = Math.Clamp(taps / (outputs * tapsAtOnce), 1, Count(inputs, inCache));
        return Count(inputs, groups);
    }

    /// <summary>The number of groups of so many channels, or the other way round.</summary>
    public static int Count(int all, int channels) => (all + channels - 1) / channels;
}
