using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Data;

/// <summary>
/// A batch of images of a set, each shown through a view of its own: cropped from the padded image at a random place and
/// perhaps mirrored. Filling and reading allocate nothing.
/// </summary>
public sealed class AugmentedBatch : ImageBatch
{
    private readonly int[] _indices, _labels;
    private readonly AugmentedView[] _views;
    private int _count;

    /// <summary>An empty batch.</summary>
    /// <param name="source">Where the images come from.</param>
    /// <param name="capacity">The most images that the batch will hold, at least 1.</param>
    public AugmentedBatch(ImageSet source, int capacity)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Source = source;
        _indices = new int[capacity];
        _labels = new int[capacity];
        _views = new AugmentedView[capacity];
    }

    /// <summary>Where the images come from.</summary>
    public ImageSet Source { get; }

    /// <summary>The most images that the batch can hold.</summary>
    public int Capacity => _indices.Length;

    /// <summary>How the images of the batch were varied; what lies beyond an image's edge depends on it.</summary>
    public Augmentation Augmentation { get; private set; } = Augmentation.None;

    /// <summary>The index in <see cref="Source"/> of each image of the batch.</summary>
    public ReadOnlySpan<int> Indices => _indices.AsSpan(0, _count);

    /// <summary>How each image of the batch is shown.</summary>
    public ReadOnlySpan<AugmentedView> Views => _views.AsSpan(0, _count);

    /// <inheritdoc/>
    public override ImageShape Shape => Source.Shape;

    /// <inheritdoc/>
    public override int Count => _count;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Labels => _labels.AsSpan(0, _count);

    /// <summary>
    /// Puts images into the batch in place of what it held. How an image is shown depends on the seed, the epoch and its index
    /// alone, not on its place in the batch or on any other image.
    /// </summary>
    /// <param name="indices">The images' indices in <see cref="Source"/>, at most <see cref="Capacity"/>.</param>
    /// <param name="augmentation">How the images are varied.</param>
    /// <param name="seed">The seed of the training.</param>
    /// <param name="epoch">The epoch.</param>
    /// <exception cref="ArgumentException">There are more indices than the batch holds, or the padding is too large for the images.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no image at one of the indices.</exception>
    public void Fill(ReadOnlySpan<int> indices, Augmentation augmentation, long seed, int epoch)
    {
        if (indices.Length > Capacity)
        {
            throw new ArgumentException($"The batch holds at most {Capacity} images, but {indices.Length} are given.", nameof(indices));
        }

        augmentation.ThrowIfUnfitFor(Shape);
        _count = 0;
        for (int i = 0; i < indices.Length; i++)
        {
            _indices[i] = indices[i];
            _labels[i] = Source.Label(indices[i]);
            _views[i] = AugmentedView.Choose(augmentation, seed, epoch, indices[i]);
        }

        Augmentation = augmentation;
        _count = indices.Length;
    }

    /// <summary>Puts images into the batch as they are, in place of what it held.</summary>
    /// <param name="indices">The images' indices in <see cref="Source"/>, at most <see cref="Capacity"/>.</param>
    public void Fill(ReadOnlySpan<int> indices) => Fill(indices, Augmentation.None, 0, 0);

    /// <inheritdoc/>
    public override void CopyPixels(int index, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _count);
        var image = Source.Image(_indices[index]);
        destination = destination[..image.Length];
        var view = _views[index];
        if (view == default)
        {
            PixelConversion.ToUnitRange(image, destination);
            return;
        }

        var (channels, height, width) = Shape;
        for (int channel = 0; channel < channels; channel++)
        {
            for (int row = 0; row < height; row++)
            {
                int from = row + view.RowOffset;
                var target = destination.Slice((channel * height + row) * width, width);
                if ((uint)from >= (uint)height)
                {
                    if (Augmentation.PaddingMode == PaddingMode.Zero)
                    {
                        target.Clear();
                        continue;
                    }

                    from = Mirror(from, height);
                }

                CopyRow(image.Slice((channel * height + from) * width, width), target, view);
            }
        }
    }

    private void CopyRow(ReadOnlySpan<byte> source, Span<float> target, AugmentedView view)
    {
        int width = source.Length;
        int shift = view.ColumnOffset;
        int first = Math.Max(0, -shift);
        int end = Math.Min(width, width - shift);
        PixelConversion.ToUnitRange(source[(first + shift)..(end + shift)], target[first..end]);
        if (Augmentation.PaddingMode == PaddingMode.Zero)
        {
            target[..first].Clear();
            target[end..].Clear();
        }
        else
        {
            for (int column = 0; column < first; column++)
            {
                target[column] = PixelConversion.ToUnitRange(source[Mirror(column + shift, width)]);
            }

            for (int column = end; column < width; column++)
            {
                target[column] = PixelConversion.ToUnitRange(source[Mirror(column + shift, width)]);
            }
        }

        if (view.Flip)
        {
            target.Reverse();
        }
    }

    /// <summary>Where a coordinate beyond an edge by less than the length comes to lie when mirrored at the outermost pixel.</summary>
    private static int Mirror(int at, int length) => at < 0 ? -at : 2 * (length - 1) - at;
}
