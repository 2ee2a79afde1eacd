namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Weights as the kernel of the weight gradients walks along them: by group of input channels first, then by output channel. The
/// kernel reads the gradient of a tile of pixels once for up to 8 taps of one output channel, and a group's part of the input
/// stays in the first-level cache while the taps of all output channels pass by.
/// </summary>
internal sealed unsafe class GradientLists
{
    /// <summary>The tile of pixels that the kernel works on; high enough for sums over it to be worth adding up.</summary>
    public const int TileRows = 4, TileColumns = 16;

    // A group's part of a tile of the input fills the first-level cache (32 or 48 KiB) and is read for every output channel. A list
    // reads its tile of the gradient, so that it should have as many taps as the kernel takes at once.
    private const int GroupBytes = 32 << 10, TapsAtOnce = 8;

    // From this density on, all 9 positions of a 3×3 kernel take less time than those that are kept; measured with vectors of 16.
    private const double DenseFrom = 0.45;

    // Empty where all weights are summed.
    private readonly PinnedArray<int> _starts, _offsets;

    /// <summary>Sorts taps into lists.</summary>
    /// <param name="taps">For each weight its output channel, its input channel and where it looks; ascending by input channel.</param>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="window">How the taps of one weight kernel lie.</param>
    public GradientLists(IReadOnlyList<Tap> taps, int inputs, int outputs, KernelWindow window)
    {
        Outputs = outputs;
        if (window.IsThreeByThree && taps.Count >= DenseFrom * inputs * outputs * KernelWindow.ThreeByThree)
        {
            Dense = new DenseKernels(inputs, outputs, window);
            Places = Dense.PlacesOf(taps);
            (_starts, _offsets) = (new PinnedArray<int>(0), new PinnedArray<int>(0));
            return;
        }

        int channels = ChannelGroups.ChannelsInEach(GroupBytes, TapsAtOnce, taps.Count, inputs, outputs, window.Reach(TileRows, TileColumns));
        Lists = ChannelGroups.Count(inputs, channels) * outputs;
        int ListOf(Tap tap) => tap.Input / channels * outputs + tap.Output;
        _starts = new PinnedArray<int>(Lists + 1);
        _offsets = new PinnedArray<int>(taps.Count);
        Places = new int[taps.Count];
        foreach (var tap in taps)
        {
            _starts.Array[ListOf(tap) + 1]++;
        }

        for (int list = 0; list < Lists; list++)
        {
            _starts.Array[list + 1] += _starts.Array[list];
        }

        int[] next = _starts.Array.AsSpan(0, Lists).ToArray();
        foreach (var tap in taps)
        {
            int place = next[ListOf(tap)]++;
            _offsets.Array[place] = tap.Offset;
            Places[place] = tap.Source;
        }
    }

    /// <summary>The number of output channels.</summary>
    public int Outputs { get; }

    /// <summary>The number of lists: one for each group of input channels and output channel; none where all weights are summed.</summary>
    public int Lists { get; }

    /// <summary>[group · outputs + output]: the first tap of a list; one more than there are lists.</summary>
    public int* Starts => _starts.Pointer;

    /// <summary>[tap]: where it looks, in floats from the padded planes' first.</summary>
    public int* Offsets => _offsets.Pointer;

    /// <summary>
    /// [sum]: the place among the weights of each sum that the kernel gives, or −1 for the sum of a weight that is not kept. The
    /// sums stand in the order of the taps, or where all weights are summed as <see cref="DenseKernels"/> says.
    /// </summary>
    public int[] Places { get; }

    /// <summary>All 3×3 kernels whole, where so many weights are kept that picking them out costs more; otherwise null.</summary>
    public DenseKernels? Dense { get; }
}
