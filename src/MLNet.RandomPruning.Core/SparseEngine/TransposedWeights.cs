using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// The kept weights of one layer sorted by input channel, for the gradient of the input. With stride s an input pixel
/// (y, x) meets only the taps with (y + padding − tap) divisible by s, so the input's pixels fall into s² phases, and within a
/// phase the gradient is a plain convolution of the output's gradient.
/// </summary>
internal sealed unsafe class TransposedWeights
{
    private readonly int _channels;
    private readonly int[] _start;
    private readonly PinnedArray<int> _offsets;
    private readonly PinnedArray<float> _values;
    private readonly int[] _source;

    public TransposedWeights(ConvolutionLayer layer, int[] kept)
        : this(kept, layer.WeightShape[1], layer.KernelSize, layer.Stride, layer.Padding, GradientShape(layer))
    {
    }

    public TransposedWeights(LinearLayer layer, int[] kept)
        : this(kept, layer.WeightShape[1], kernelSize: 1, stride: 1, padding: 0, new PaddedShape(layer.OutputShape, Halo: 0))
    {
    }

    private TransposedWeights(int[] kept, int channels, int kernelSize, int stride, int padding, PaddedShape gradient)
    {
        _channels = channels;
        Stride = stride;
        Gradient = gradient;
        int phases = stride * stride;
        int kernelArea = kernelSize * kernelSize;
        _start = new int[phases * channels + 1];
        _offsets = new PinnedArray<int>(kept.Length);
        _values = new PinnedArray<float>(kept.Length);
        _source = new int[kept.Length];

        var lists = new List<(int Offset, int Source)>[phases * channels];
        for (int list = 0; list < lists.Length; list++)
        {
            lists[list] = [];
        }

        for (int j = 0; j < kept.Length; j++)
        {
            int output = kept[j] / (channels * kernelArea);
            int channel = kept[j] / kernelArea % channels;
            int row = kept[j] % kernelArea / kernelSize, column = kept[j] % kernelSize;
            var (rowPhase, rowShift) = PhaseOf(row, stride, padding);
            var (columnPhase, columnShift) = PhaseOf(column, stride, padding);
            int offset = output * gradient.PlaneFloats + gradient.Origin + rowShift * gradient.RowFloats + columnShift * SparseKernels.Lanes;
            lists[(rowPhase * stride + columnPhase) * channels + channel].Add((offset, j));
        }

        int next = 0;
        for (int list = 0; list < lists.Length; list++)
        {
            foreach (var (offset, source) in lists[list])
            {
                _offsets.Array[next] = offset;
                _source[next++] = source;
            }

            _start[list + 1] = next;
        }
    }

    /// <summary>The convolution's stride; there are stride² phases.</summary>
    public int Stride { get; }

    /// <summary>The layout of the output's gradient that the offsets count on, from the padded plane's first float.</summary>
    public PaddedShape Gradient { get; }

    /// <summary>The number of kept weights that a phase of an input channel meets.</summary>
    public int Count(int phase, int channel) => _start[phase * _channels + channel + 1] - _start[phase * _channels + channel];

    public int* Offsets(int phase, int channel) => _offsets.Pointer + _start[phase * _channels + channel];

    public float* Values(int phase, int channel) => _values.Pointer + _start[phase * _channels + channel];

    /// <summary>Brings the values up to date with the layer's.</summary>
    public void Update(ReadOnlySpan<float> values)
    {
        var target = _values.Array;
        for (int j = 0; j < target.Length; j++)
        {
            target[j] = values[_source[j]];
        }
    }

    // A tap k reaches from input row s·q + phase to output row q + shift.
    private static (int Phase, int Shift) PhaseOf(int tap, int stride, int padding)
    {
        int phase = ((tap - padding) % stride + stride) % stride;
        return (phase, (phase + padding - tap) / stride);
    }

    // The border of zeros is as wide as any tap looks past the output's edge.
    private static PaddedShape GradientShape(ConvolutionLayer layer)
    {
        int halo = 0;
        foreach (var (inputs, outputs) in new[] { (layer.InputShape.Height, layer.OutputShape.Height), (layer.InputShape.Width, layer.OutputShape.Width) })
        {
            for (int tap = 0; tap < layer.KernelSize; tap++)
            {
                var (phase, shift) = PhaseOf(tap, layer.Stride, layer.Padding);
                int lastRow = (inputs - phase + layer.Stride - 1) / layer.Stride - 1;
                halo = Math.Max(halo, Math.Max(-shift, lastRow + shift - (outputs - 1)));
            }
        }

        return new PaddedShape(layer.OutputShape, halo);
    }
}
