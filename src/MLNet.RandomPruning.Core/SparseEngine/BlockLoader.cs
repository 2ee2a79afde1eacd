using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>Brings 16 images of a batch into the engine's layout, normalised.</summary>
internal sealed unsafe class BlockLoader
{
    private readonly ImageShape _shape;
    private readonly float[] _factor, _addend;

    public BlockLoader(ImageShape shape, PixelNormalization normalization)
    {
        if (normalization.Mean.Count != shape.Channels)
        {
            throw new ArgumentException(
                $"The network reads images of {shape.Channels} channels, but the pixel normalisation has {normalization.Mean.Count}.", nameof(normalization));
        }

        _shape = shape;
        (_factor, _addend) = ScaleOf(normalization);
    }

    /// <summary>What makes pixels normalised, by channel: pixel·factor + addend.</summary>
    public static (float[] Factor, float[] Addend) ScaleOf(PixelNormalization normalization) =>
    (
        [.. normalization.StandardDeviation.Select(deviation => (float)(1.0 / deviation))],
        [.. normalization.Mean.Zip(normalization.StandardDeviation, (mean, deviation) => (float)(-(double)mean / deviation))]
    );

    /// <summary>d(normalised)/d(pixel) of each channel.</summary>
    public IReadOnlyList<float> Factor => _factor;

    /// <summary>Writes a block into padded planes; places without an image become zero.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="block">Which 16 images.</param>
    /// <param name="planes">The block's padded planes.</param>
    /// <param name="layout">How they are laid out.</param>
    /// <param name="image">Scratch for one image.</param>
    public void Load(ImageBatch batch, int block, float* planes, PaddedShape layout, Span<float> image)
    {
        int first = block * SparseKernels.Lanes;
        for (int lane = 0; lane < SparseKernels.Lanes; lane++)
        {
            if (first + lane < batch.Count)
            {
                batch.CopyPixels(first + lane, image);
                Scatter(image, planes + lane, layout);
            }
            else
            {
                Clear(planes + lane, layout);
            }
        }
    }

    private void Scatter(ReadOnlySpan<float> image, float* planes, PaddedShape layout)
    {
        int next = 0;
        for (int channel = 0; channel < _shape.Channels; channel++)
        {
            float factor = _factor[channel], addend = _addend[channel];
            float* row = planes + channel * layout.PlaneFloats + layout.Origin;
            for (int y = 0; y < _shape.Height; y++, row += layout.RowFloats)
            {
                for (int x = 0; x < _shape.Width; x++)
                {
                    row[x * SparseKernels.Lanes] = image[next++] * factor + addend;
                }
            }
        }
    }

    private void Clear(float* planes, PaddedShape layout)
    {
        for (int channel = 0; channel < _shape.Channels; channel++)
        {
            float* row = planes + channel * layout.PlaneFloats + layout.Origin;
            for (int y = 0; y < _shape.Height; y++, row += layout.RowFloats)
            {
                for (int x = 0; x < _shape.Width; x++)
                {
                    row[x * SparseKernels.Lanes] = 0;
                }
            }
        }
    }
}
