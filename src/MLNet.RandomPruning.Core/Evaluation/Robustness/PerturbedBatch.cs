using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>
/// A batch of images of a set as floats, each beside its clean self: what perturbations change and models score. Changed pixels
/// are never rounded to bytes. Filling and reading allocate nothing.
/// </summary>
public sealed class PerturbedBatch : ImageBatch
{
    private readonly int[] _indices, _labels;
    private readonly float[] _pixels, _clean;
    private int _count;

    /// <summary>An empty batch.</summary>
    /// <param name="source">Where the images come from.</param>
    /// <param name="capacity">The most images that the batch will hold, at least 1.</param>
    /// <exception cref="ArgumentException">So many images of this size do not fit into an array.</exception>
    public PerturbedBatch(ImageSet source, int capacity)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        long values = (long)capacity * source.Shape.Size;
        if (values > Array.MaxLength)
        {
            throw new ArgumentException(
                $"A batch of {capacity} images of {source.Shape} has {values} values, but at most {Array.MaxLength} fit; use a smaller batch.", nameof(capacity));
        }

        Source = source;
        _indices = new int[capacity];
        _labels = new int[capacity];
        _pixels = new float[values];
        _clean = new float[values];
    }

    /// <summary>Where the images come from.</summary>
    public ImageSet Source { get; }

    /// <summary>The most images that the batch can hold.</summary>
    public int Capacity => _indices.Length;

    /// <summary>The index in <see cref="Source"/> of each image of the batch.</summary>
    public ReadOnlySpan<int> Indices => _indices.AsSpan(0, _count);

    /// <summary>All pixels as they are now, row-major [images, channels, rows, columns].</summary>
    public ReadOnlySpan<float> AllPixels => _pixels.AsSpan(0, _count * Shape.Size);

    /// <inheritdoc/>
    public override ImageShape Shape => Source.Shape;

    /// <inheritdoc/>
    public override int Count => _count;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Labels => _labels.AsSpan(0, _count);

    /// <summary>Puts clean images into the batch in place of what it held.</summary>
    /// <param name="indices">The images' indices in <see cref="Source"/>, at most <see cref="Capacity"/>.</param>
    /// <exception cref="ArgumentException">There are more indices than the batch holds.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no image at one of the indices.</exception>
    public void Fill(ReadOnlySpan<int> indices)
    {
        if (indices.Length > Capacity)
        {
            throw new ArgumentException($"The batch holds at most {Capacity} images, but {indices.Length} are given.", nameof(indices));
        }

        _count = 0;
        int size = Shape.Size;
        for (int i = 0; i < indices.Length; i++)
        {
            _indices[i] = indices[i];
            _labels[i] = Source.Label(indices[i]);
            PixelConversion.ToUnitRange(Source.Image(indices[i]), _clean.AsSpan(i * size, size));
        }

        _clean.AsSpan(0, indices.Length * size).CopyTo(_pixels);
        _count = indices.Length;
    }

    /// <summary>One image's pixels in [0, 1] as they are now, [channel][row][column]; may be written.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The batch has no such image.</exception>
    public Span<float> Pixels(int index) => _pixels.AsSpan(Start(index), Shape.Size);

    /// <summary>One image's clean pixels in [0, 1], [channel][row][column].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The batch has no such image.</exception>
    public ReadOnlySpan<float> CleanPixels(int index) => _clean.AsSpan(Start(index), Shape.Size);

    /// <inheritdoc/>
    public override void CopyPixels(int index, Span<float> destination) => Pixels(index).CopyTo(destination);

    private int Start(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _count);
        return index * Shape.Size;
    }
}
