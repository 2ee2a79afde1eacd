using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>
/// What the kernels do for one convolution and one block of 16 images in a training step: band by band, from windows that stand in
/// the second-level cache to planes of the whole block. What training does between the kernels is left out.
/// </summary>
internal sealed unsafe class KernelWork : IDisposable
{
    private readonly SparseKernels _kernels;
    private readonly ConvolutionNode _node;
    private readonly BandCut _cut;
    private readonly SparseWeights _lists;
    private readonly AlignedBuffer _input, _outputGradient, _outputs, _inputGradients, _scratch, _sums;

    /// <summary>Prepares a layer that keeps weights at random places.</summary>
    public KernelWork(KernelShape shape, double density, VectorWidth width)
    {
        var layer = shape.MakeLayer();
        var mask = RandomMask(layer, shape.Kept(density));

        // Bands of any activation but the image, which stands in memory with its border.
        var activation = new ActivationNode(1, "input", layer.InputShape) { Halo = layer.Padding };
        _node = new ConvolutionNode(0, layer, new BatchNormLayer("norm", 0, layer.OutputShape), activation);
        activation.Readers.Add(_node);
        _kernels = SparseKernels.For(width);
        _cut = new BandCut(activation);
        _lists = new SparseWeights(layer, mask, _cut.Layout, _cut.Gradient(_node));
        _input = new AlignedBuffer(_cut.Layout.BlockFloats);
        _outputGradient = new AlignedBuffer(_lists.Gradient.BlockFloats);
        _outputs = new AlignedBuffer((long)layer.OutputShape.Size * SparseKernels.Lanes);
        _inputGradients = new AlignedBuffer((long)layer.InputShape.Size * SparseKernels.Lanes);
        _scratch = new AlignedBuffer(WeightGradientJob.ScratchFloats);
        _sums = new AlignedBuffer(_lists.WeightGradient.Places.Length);

        var random = new KeyedRandom(1, RandomPurpose.Initialization, layer.Name);
        float[] weights = new float[mask.KeptCount];
        foreach (var values in new[] { _input, _outputGradient })
        {
            Fill(values.Span, ref random);
        }

        Fill(weights, ref random);
        _lists.Update(weights);
    }

    private ConvolutionLayer Layer => _node.Layer;

    /// <summary>The convolution.</summary>
    public void Forward()
    {
        var shape = Layer.OutputShape;
        for (int band = 0; band < _cut.Count; band++)
        {
            int first = _cut.FirstOutput(_node, band);
            _kernels.Convolve(new ConvolutionJob(_lists.Forward)
            {
                Input = _input.Pointer,
                InputRow = Layer.Stride * _cut.Layout.RowFloats,
                Stride = Layer.Stride,
                Output = _outputs.Pointer + first * shape.Width * SparseKernels.Lanes,
                OutputPlane = shape.PlaneSize * SparseKernels.Lanes,
                OutputRow = shape.Width * SparseKernels.Lanes,
                OutputPixel = SparseKernels.Lanes,
                Rows = _cut.EndOutput(_node, band) - first,
                Columns = shape.Width,
            });
        }
    }

    /// <summary>The gradient of the input, a phase of pixels at a time.</summary>
    public void InputGradient()
    {
        var shape = Layer.InputShape;
        int stride = Layer.Stride, row = shape.Width * SparseKernels.Lanes;
        for (int band = 0; band < _cut.Count; band++)
        {
            int rows = _cut.End(band) - _cut.First(band);
            float* gradient = _inputGradients.Pointer + _cut.First(band) * row;
            for (int phase = 0; phase < _lists.Backward.Length; phase++)
            {
                int firstRow = phase / stride, firstColumn = phase % stride;
                _kernels.Convolve(new ConvolutionJob(_lists.Backward[phase])
                {
                    Input = _outputGradient.Pointer,
                    InputRow = _lists.Gradient.RowFloats,
                    Output = gradient + firstRow * row + firstColumn * SparseKernels.Lanes,
                    OutputPlane = shape.PlaneSize * SparseKernels.Lanes,
                    OutputRow = stride * row,
                    OutputPixel = stride * SparseKernels.Lanes,
                    Rows = (rows - firstRow + stride - 1) / stride,
                    Columns = (shape.Width - firstColumn + stride - 1) / stride,
                });
            }
        }
    }

    /// <summary>The gradient of the kept weights.</summary>
    public void WeightGradient()
    {
        for (int band = 0; band < _cut.Count; band++)
        {
            _kernels.WeightGradients(new WeightGradientJob
            {
                Input = _input.Pointer,
                InputRow = Layer.Stride * _cut.Layout.RowFloats,
                Stride = Layer.Stride,
                Gradient = _outputGradient.Pointer + _lists.Gradient.Origin,
                GradientPlane = _lists.Gradient.PlaneFloats,
                GradientRow = _lists.Gradient.RowFloats,
                Rows = _cut.EndOutput(_node, band) - _cut.FirstOutput(_node, band),
                Columns = Layer.OutputShape.Width,
                Accumulate = band > 0,
                Taps = _lists.WeightGradient,
                Scratch = _scratch.Pointer,
                Sums = _sums.Pointer,
            });
        }
    }

    public void Dispose()
    {
        foreach (var buffer in new[] { _input, _outputGradient, _outputs, _inputGradients, _scratch, _sums })
        {
            buffer.Dispose();
        }
    }

    private static WeightMask RandomMask(ConvolutionLayer layer, int kept)
    {
        int[] places = [.. Enumerable.Range(0, layer.WeightCount)];
        new KeyedRandom(1, RandomPurpose.Mask, layer.Name).Shuffle(places);
        return WeightMask.FromIndices(layer, places.AsSpan(0, kept));
    }

    // No sum of these grows beyond what floats hold, or falls below it.
    private static void Fill(Span<float> values, ref KeyedRandom random)
    {
        foreach (ref float value in values)
        {
            value = (float)random.NextDouble(-1, 1);
        }
    }
}
